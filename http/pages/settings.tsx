import type { Child } from 'hono/jsx';
import { mayHaveOwnCeiling } from '../../domain/tiers.ts';
import type { AccountView } from './account-view.ts';
import { FormGuard } from './form-guard.tsx';
import { Message } from './layout.tsx';
import { TextField } from './text-field.tsx';

/** What was typed, where it could not be taken. */
export interface SettingsTyped {
  readonly limit?: string;
  readonly thresholds?: string;
  readonly timeZone?: string;
}

interface SettingsProperties {
  readonly view: AccountView;
  readonly csrf: string;
  readonly typed: SettingsTyped;
  readonly error: { readonly field: keyof SettingsTyped; readonly message: string } | null;
  readonly wasSaved: boolean;
  /** The form of business details. */
  readonly children: Child;
}

/** What customers set themselves: how much they may owe, and when they are told of a low balance. */
export function Settings({ view, csrf, typed, error, wasSaved, children }: SettingsProperties) {
  return (
    <>
      <h1>Settings</h1>
      {wasSaved && <Message tone="good" title="Saved." />}
      <LimitForm view={view} csrf={csrf} typed={typed.limit} error={messageOf('limit', error)} />
      <ThresholdsForm
        view={view}
        csrf={csrf}
        typed={typed.thresholds}
        error={messageOf('thresholds', error)}
      />
      <TimeZoneForm
        view={view}
        csrf={csrf}
        typed={typed.timeZone}
        error={messageOf('timeZone', error)}
      />
      {children}
    </>
  );
}

interface FormProperties {
  readonly view: AccountView;
  readonly csrf: string;
  readonly typed: string | undefined;
  readonly error: string | null;
}

function messageOf(field: keyof SettingsTyped, error: SettingsProperties['error']) {
  return error?.field === field ? error.message : null;
}

function LimitForm({ view, csrf, typed, error }: FormProperties) {
  const { account, policy, tier, ceiling, limit, show, write, money } = view;
  const isFixed = policy.balanceLimitChoice === 'fixed' && !mayHaveOwnCeiling(tier);
  const own = account.ownBalanceLimit;
  return (
    <form method="post" action="/billing/settings/limit" class="box stack">
      <FormGuard csrf={csrf} />
      <TextField
        id="limit"
        label="Balance limit"
        explanation={
          <>
            The most you want to owe, up to {show(ceiling)}. With {show(view.zero)} you never spend
            more than the credits you bought. A change holds from your next request on; what you owe
            already is still owed. Your limit is {show(limit)} now.
          </>
        }
        symbol={money.symbol}
        value={typed ?? (own === null ? '' : write(own))}
        placeholder={write(ceiling)}
        hint={isFixed ? `For your tier it is ${show(ceiling)}.` : 'Empty: as high as it may be.'}
        error={error}
        disabled={isFixed}
      />
      <p>
        <button type="submit" disabled={isFixed}>
          Save limit
        </button>
      </p>
    </form>
  );
}

function ThresholdsForm({ view, csrf, typed, error }: FormProperties) {
  const { account, write } = view;
  return (
    <form method="post" action="/billing/settings/thresholds" class="box stack">
      <FormGuard csrf={csrf} />
      <TextField
        id="thresholds"
        label="Mail me when my credits fall to"
        explanation="Up to five amounts, with a space between them. Empty: no such mails."
        value={typed ?? account.lowBalanceThresholds.map(write).join(' ')}
        placeholder="20.00 5.00"
        error={error}
      />
      <p>
        <button type="submit">Save thresholds</button>
      </p>
    </form>
  );
}

/** Names that the server knows are offered; any it knows is taken. */
function TimeZoneForm({ view, csrf, typed, error }: FormProperties) {
  return (
    <form method="post" action="/billing/settings/time-zone" class="box stack">
      <FormGuard csrf={csrf} />
      <TextField
        id="time-zone"
        name="timeZone"
        label="Time zone"
        explanation={
          'Where you are. If your bank declines a charge, the card is tried again on a later day, ' +
          'in your daytime. Empty: UTC.'
        }
        value={typed ?? view.account.timeZone ?? ''}
        placeholder="Europe/Berlin"
        list="time-zones"
        error={error}
      />
      <datalist id="time-zones">
        {Intl.supportedValuesOf('timeZone').map((name) => (
          <option value={name} />
        ))}
      </datalist>
      <p>
        <button type="submit">Save time zone</button>
      </p>
    </form>
  );
}
