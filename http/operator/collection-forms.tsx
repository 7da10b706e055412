import { longestPromiseDays, type CollectionAction } from '../../domain/collection-changes.ts';
import { pauseAt } from '../../domain/collection-times.ts';
import { isPayable } from '../../domain/invoice-payments.ts';
import type { CollectionStory } from '../../ledger/collection-story.ts';
import { FormGuard } from '../pages/form-guard.tsx';
import { TextField } from '../pages/text-field.tsx';

export type CollectionVerb = CollectionAction['kind'] | 'book';

/** What was typed into one of the forms, where it could not be done, and why. */
export interface RefusedForm {
  readonly verb: CollectionVerb;
  readonly typed: Readonly<Record<string, string>>;
  readonly message: string;
}

interface FormsProperties {
  readonly story: CollectionStory;
  readonly csrf: string;
  /** New for each page: a form that is sent twice acts once. */
  readonly operationId: string;
  readonly refused: RefusedForm | null;
}

interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  /** What stands in it before anybody types. */
  readonly value?: string;
}

interface VerbForm {
  readonly verb: CollectionVerb;
  readonly title: string;
  readonly explanation: string;
  readonly button: string;
  readonly isGrave?: true;
  readonly fields: readonly Field[];
}

/** Said wherever a reason is asked for. */
export const auditedReasonHint =
  'For operators; it goes to the audit log, so write no name or mail address.';

const reason: Field = { name: 'reason', label: 'Reason', hint: auditedReasonHint };

/** What may be done about the invoice as it stands; what may not is not offered. */
function formsFor(story: CollectionStory): readonly VerbForm[] {
  const { invoice, stored, nowMs, account } = story;
  if (!isPayable(invoice)) return [book];
  const forgive: VerbForm = {
    verb: 'forgive',
    title: 'Forgive',
    explanation: 'The customer no longer owes it. There is no way back.',
    button: 'Forgive what is due',
    isGrave: true,
    fields: [reason],
  };
  if (invoice.state !== 'open') return [forgive, book];
  const pause = pauseAt(stored?.pauses ?? [], nowMs);
  const isOurs = pause?.reason === 'operator' || pause?.reason === 'promise';
  return [
    isOurs ? resume : pauseForm,
    retryNow,
    promise,
    scheduleForm(account.retryAfterDays),
    writeOff,
    forgive,
    book,
  ];
}

const pauseForm: VerbForm = {
  verb: 'pause',
  title: 'Pause',
  explanation:
    'Until somebody resumes it, nothing is charged by itself, and neither the due date nor the end ' +
    'of service comes nearer. The customer can still pay.',
  button: 'Pause',
  fields: [reason],
};

const resume: VerbForm = {
  verb: 'resume',
  title: 'Resume',
  explanation: 'Ends the pause, or the promise, now.',
  button: 'Resume',
  fields: [],
};

const retryNow: VerbForm = {
  verb: 'retry_now',
  title: 'Retry now',
  explanation:
    'Charges the default card as soon as bank and card network allow it, beside the schedule.',
  button: 'Retry now',
  fields: [],
};

const promise: VerbForm = {
  verb: 'promise',
  title: 'Promise to pay',
  explanation: 'The customer promised to pay by the end of a day (UTC): until then it is paused.',
  button: 'Keep the promise',
  fields: [
    {
      name: 'until',
      label: 'By',
      hint: `As 2026-12-24, at most ${longestPromiseDays} days ahead.`,
    },
    reason,
  ],
};

const writeOff: VerbForm = {
  verb: 'write_off',
  title: 'Write off',
  explanation:
    'It becomes uncollectible: nothing is charged by itself any more. It is still owed, and may ' +
    'still be paid.',
  button: 'Write it off',
  isGrave: true,
  fields: [reason],
};

const book: VerbForm = {
  verb: 'book',
  title: 'Book a payment',
  explanation:
    'Where Stripe took money for this invoice and it is not among the payments here: it pays what is ' +
    'due, and what is beyond that is owed back. Nothing is charged.',
  button: 'Book it',
  fields: [{ name: 'payment', label: 'Payment', hint: 'As Stripe names it, pi_….' }, reason],
};

function scheduleForm(days: readonly number[] | null): VerbForm {
  return {
    verb: 'schedule',
    title: 'Another schedule',
    explanation:
      'For all invoices of this account: days after the first charge on which a declined card is ' +
      'charged again. Empty: those of the policy.',
    button: 'Use this schedule',
    fields: [
      {
        name: 'days',
        label: 'Days',
        hint: 'Rising whole numbers from 1 to 60, with spaces between them, as 1 3 7 14.',
        value: days?.join(' ') ?? '',
      },
    ],
  };
}

/** The ways an operator has with an invoice that is to be paid. */
export function CollectionForms({ story, csrf, operationId, refused }: FormsProperties) {
  const forms = formsFor(story);
  if (forms.length === 0) return null;
  const address = `/operator/collections/${story.invoice.invoiceId}`;
  return (
    <section class="box stack" id="operate">
      <h2>What you can do</h2>
      {forms.map((form) => (
        <details open={refused?.verb === form.verb}>
          <summary>{form.title}</summary>
          <form method="post" action={`${address}/${form.verb}`} class="stack" data-sends-once>
            <FormGuard csrf={csrf} idempotencyKey={operationId} />
            <p class="soft">{form.explanation}</p>
            {form.fields.map((field) => (
              <FieldOf form={form} field={field} refused={refused} />
            ))}
            {refused?.verb === form.verb && (
              <p class="field-error" role="alert">
                {refused.message}
              </p>
            )}
            <p>
              <button type="submit" class={form.isGrave === true ? 'danger' : undefined}>
                {form.button}
              </button>
            </p>
          </form>
        </details>
      ))}
    </section>
  );
}

interface FieldProperties {
  readonly form: VerbForm;
  readonly field: Field;
  readonly refused: RefusedForm | null;
}

function FieldOf({ form: { verb }, field, refused }: FieldProperties) {
  const { name, label, hint, value = '' } = field;
  const isRefused = refused?.verb === verb;
  return (
    <TextField
      {...{ id: `${verb}-${name}`, name, label, hint, isInvalid: isRefused }}
      value={isRefused ? (refused.typed[name] ?? '') : value}
    />
  );
}
