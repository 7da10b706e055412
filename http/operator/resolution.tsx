import { FormGuard } from '../pages/form-guard.tsx';

interface ResolutionProperties {
  readonly address: string;
  /** Absent: the page names the workflow elsewhere. */
  readonly workflowId?: string;
  readonly csrf: string;
}

const choices = [
  { decision: 'look_again', label: 'Look again', style: '' },
  { decision: 'call_off', label: 'Call it off', style: 'danger' },
] as const;

/** An operator's answer about a payment whose outcome is not known (R6): the update `resolve`. */
export function Resolution({ address, workflowId, csrf }: ResolutionProperties) {
  return (
    <div class="stack tight">
      <p>
        Look the payment up in the Stripe dashboard first. Calling it off has it canceled if it was
        not taken; it is never charged a second time.
      </p>
      <div class="inline-forms">
        {choices.map(({ decision, label, style }) => (
          <form method="post" action={address} data-sends-once>
            <FormGuard csrf={csrf} />
            <input type="hidden" name="decision" value={decision} />
            <button type="submit" class={style}>
              {label}
            </button>
          </form>
        ))}
      </div>
      {workflowId !== undefined && (
        <details>
          <summary>From a terminal</summary>
          <code>
            {`temporal workflow update execute --workflow-id ${workflowId} --name resolve ` +
              `--input '{"decision":"look_again"}'`}
          </code>
        </details>
      )}
    </div>
  );
}
