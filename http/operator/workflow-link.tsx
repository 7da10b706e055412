import type { TemporalUi } from '../dependencies.ts';

interface WorkflowLinkProperties {
  readonly workflowId: string;
  readonly temporalUi: TemporalUi | undefined;
}

/** A workflow's id, which leads to it in the Temporal UI where that is known. */
export function WorkflowLink({ workflowId, temporalUi }: WorkflowLinkProperties) {
  if (temporalUi === undefined) return <code>{workflowId}</code>;
  const { url, namespace } = temporalUi;
  const path = [namespace, 'workflows', workflowId].map(encodeURIComponent).join('/');
  return (
    <a href={`${url}/namespaces/${path}`}>
      <code>{workflowId}</code>
    </a>
  );
}

/** Leads to all workflows of an account in the Temporal UI. */
export function AccountWorkflows({
  accountId,
  temporalUi,
}: {
  readonly accountId: string;
  readonly temporalUi: TemporalUi | undefined;
}) {
  if (temporalUi === undefined) return null;
  const { url, namespace } = temporalUi;
  const query = encodeURIComponent(`AccountId = "${accountId}"`);
  return (
    <p class="small">
      <a href={`${url}/namespaces/${encodeURIComponent(namespace)}/workflows?query=${query}`}>
        All its workflows in Temporal
      </a>
    </p>
  );
}
