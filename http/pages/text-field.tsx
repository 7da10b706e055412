import type { Child } from 'hono/jsx';

interface TextFieldProperties {
  readonly id: string;
  /** What it is sent by; absent: its id. */
  readonly name?: string;
  readonly label: string;
  readonly value: string;
  /** Between the label and the field: what it is about. */
  readonly explanation?: Child;
  /** Below the field: how it is written. */
  readonly hint?: Child;
  /** Why what was typed could not be taken. */
  readonly error?: string | null;
  /** True where what is wrong with it is said elsewhere. */
  readonly isInvalid?: boolean;
  /** What stands before an amount; the field is then short, and asks for digits. */
  readonly symbol?: string;
  readonly placeholder?: string;
  /** What browsers fill it in by. */
  readonly autocomplete?: string;
  /** Of the `datalist` that offers values. */
  readonly list?: string;
  readonly disabled?: boolean;
}

/** A field for one line of text, with all that belongs to it read out together. */
export function TextField(properties: TextFieldProperties) {
  const { id, name = id, label, explanation, hint, error = null, symbol, value } = properties;
  const { isInvalid = error !== null, autocomplete = 'off', placeholder, list } = properties;
  const notes = [
    ...(error === null ? [] : [`${id}-error`]),
    ...(hint === undefined ? [] : [`${id}-hint`]),
  ];
  const input = (
    <input
      type="text"
      {...{ id, name, value, placeholder, list, autocomplete, disabled: properties.disabled }}
      inputmode={symbol === undefined ? undefined : 'decimal'}
      aria-describedby={notes.length === 0 ? undefined : notes.join(' ')}
      aria-invalid={isInvalid ? 'true' : undefined}
    />
  );
  return (
    <div>
      <label class="field-label" for={id}>
        {label}
      </label>
      {explanation !== undefined && <p class="soft explanation">{explanation}</p>}
      {symbol === undefined ? (
        input
      ) : (
        <div class="money-field">
          <span aria-hidden="true">{symbol}</span>
          {input}
        </div>
      )}
      {error !== null && (
        <p class="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
