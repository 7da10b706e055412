import type { AccessAnswer } from '../../domain/access-answer.ts';
import { Message } from './layout.tsx';

interface AccessProperties {
  readonly access: AccessAnswer;
  readonly heading?: string;
  /** Where the question about a model goes. */
  readonly address?: string;
}

/** Whether requests can run, why not, and what would help: the words of API and operators (R56). */
export function Access({
  access,
  heading = 'Can your requests run?',
  address = '/billing',
}: AccessProperties) {
  const { allowed, model, words, checks, remedies } = access;
  return (
    <section class="box stack" id="access">
      <h2>{heading}</h2>
      <Message tone={allowed ? 'good' : 'bad'} title={words.headline}>
        <p>{words.balance}</p>
        {remedies.length > 0 && (
          <>
            <p>What would make it pass:</p>
            <ul class="points">
              {remedies.map((remedy) => (
                <li>{remedy.words}</li>
              ))}
            </ul>
          </>
        )}
      </Message>
      <details>
        <summary>What was looked at</summary>
        <ul class="checks">
          {checks.map((check) => (
            <li>
              <span class={`badge ${check.passed ? 'good' : 'bad'}`}>
                {check.passed ? 'passed' : 'failed'}
              </span>
              <span>{check.words}</span>
            </li>
          ))}
        </ul>
      </details>
      <form method="get" action={`${address}#access`} class="actions">
        <label class="field-label" for="model">
          For a certain model
        </label>
        <input
          class="grows"
          type="text"
          id="model"
          name="model"
          value={model ?? ''}
          maxlength={200}
          autocomplete="off"
        />
        <button type="submit" class="quiet">
          Ask
        </button>
      </form>
    </section>
  );
}
