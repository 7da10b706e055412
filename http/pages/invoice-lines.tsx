import { monthText } from '../../domain/date-words.ts';
import { usageLineOf, type PostedLine } from '../../domain/invoice-document.ts';
import type { Invoice } from '../../domain/invoices.ts';
import { sum, type Micros } from '../../domain/money.ts';
import type { Period } from '../../domain/period.ts';
import type { AccountView } from './account-view.ts';
import { Headings } from './headings.tsx';

/** More are in the CSV: a page of ten thousand rows helps nobody. */
const linesShown = 200;

interface LinesProperties {
  readonly view: AccountView;
  readonly lines: readonly PostedLine[];
  readonly period: Period;
  /** Where all lines are; null: nowhere else. */
  readonly csvPath: string | null;
}

/** What was used, by model, meter and price, and which pot paid it (R42). */
export function InvoiceLines({ view, lines, period, csvPath }: LinesProperties) {
  const { show, account } = view;
  if (lines.length === 0) return <></>;
  const more = lines.length - linesShown;
  return (
    <>
      <div class="scroll" tabindex={0} role="region" aria-label="Usage">
        <table class="usage-lines">
          <Headings
            words={['Usage']}
            numbers={['Quantity', 'Cost', 'Free', 'Purchased', 'To pay']}
          />
          <tbody>
            {lines.slice(0, linesShown).map((posted) => {
              const line = usageLineOf(posted);
              return (
                <tr>
                  <td class="what">
                    <span class="model-name">{line.model}</span>
                    <span class="soft small">
                      {line.price === null
                        ? line.meter
                        : `${account.currency.toUpperCase()} ${line.price}`}
                      {line.usagePeriod !== period && ` · used in ${monthText(line.usagePeriod)}`}
                      {line.writtenOff !== 0 && ` · ${show(line.writtenOff)} not charged`}
                    </span>
                  </td>
                  <td class="number" data-label="Quantity">
                    {line.quantity ?? ''}
                  </td>
                  <td class="number" data-label="Cost">
                    {show(line.cost)}
                  </td>
                  <td class="number" data-label="Free">
                    {show(line.free)}
                  </td>
                  <td class="number" data-label="Purchased">
                    {show(line.purchased)}
                  </td>
                  <td class="number" data-label="To pay">
                    {show(line.unbilled)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {more > 0 && (
        <p class="soft small">
          {more.toLocaleString('en-US')} more lines
          {csvPath !== null && (
            <>
              {' '}
              are in the <a href={csvPath}>CSV</a>
            </>
          )}
          . The sums below count all of them.
        </p>
      )}
    </>
  );
}

interface SumsProperties {
  readonly view: AccountView;
  readonly lines: readonly PostedLine[];
  readonly broughtForward: Micros;
  readonly credits: Micros;
  readonly carriedForward: Micros;
  readonly carriedTo: Period | null;
  readonly net: Micros;
  readonly tax: Invoice['tax'];
}

/** From what was used to what is asked for; tax apart (R45), what is carried forward in words (R38). */
export function InvoiceSums(properties: SumsProperties) {
  const { view, lines, broughtForward, credits, carriedForward, carriedTo, net, tax } = properties;
  const { show } = view;
  const total = (part: 'cost' | 'free' | 'purchased' | 'writtenOff') =>
    sum(...lines.map((line) => line[part]));
  const rows: [name: string, amount: Micros, sign: string, always?: true][] = [
    ['Usage', total('cost'), '', true],
    ['Paid with free credits', total('free'), '−'],
    ['Paid with purchased credits', total('purchased'), '−'],
    ['Not charged', total('writtenOff'), '−'],
    ['Brought forward from before', broughtForward, ''],
    ['Credits bought before the month ended', credits, '−'],
    [
      carriedTo === null ? 'Not asked for' : `Carried forward to ${monthText(carriedTo)}`,
      carriedForward,
      '−',
    ],
    ['To pay, without tax', net, '', true],
    [
      tax.name === null ? 'Tax' : `${tax.name}, ${tax.partsPerMillion / 10_000} %`,
      tax.amount,
      '',
      true,
    ],
  ];
  return (
    <>
      <dl class="lines">
        {rows
          .filter(([, amount, , always]) => amount !== 0 || always === true)
          .map(([name, amount, sign]) => (
            <div>
              <dt>{name}</dt>
              <dd class="amount">
                {sign}
                {show(amount)}
              </dd>
            </div>
          ))}
        <div class="total">
          <dt>Total</dt>
          <dd class="amount">{show(sum(net, tax.amount))}</dd>
        </div>
      </dl>
      {carriedForward > 0 && carriedTo !== null && (
        <p class="soft small">
          {show(carriedForward)} is less than a card can be charged. It counts in{' '}
          {monthText(carriedTo)}, and is shown on that month’s invoice.
        </p>
      )}
    </>
  );
}
