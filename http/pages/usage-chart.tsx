import { ZERO } from '../../domain/money.ts';
import type { UsageChart } from '../../domain/usage-chart.ts';
import type { AccountView } from './account-view.ts';
import { Headings } from './headings.tsx';

interface ChartProperties {
  readonly chart: UsageChart;
  readonly view: AccountView;
}

/** Of the drawing's own units, which are stretched to whatever room there is. */
const dayWidth = 10;
const gap = 1.5;
const height = 100;

/** Usage over time, with the same numbers in tables beside it. */
export function UsageOverTime({ chart, view }: ChartProperties) {
  const { days, top, total } = chart;
  if (total === 0) return <p class="soft">Nothing was used in this time.</p>;
  const [first, last] = [days[0]?.day ?? '', days.at(-1)?.day ?? ''];
  return (
    <>
      <figure class="chart">
        <div class="chart-scale" aria-hidden="true">
          <span>{view.show(top)}</span>
          <span>{view.show(ZERO)}</span>
        </div>
        <Bars chart={chart} view={view} />
        <div class="chart-days" aria-hidden="true">
          <span>{dayWords(first)}</span>
          <span>{dayWords(last)}</span>
        </div>
      </figure>
      <ModelTable chart={chart} view={view} />
      <DayTable chart={chart} view={view} />
    </>
  );
}

function Bars({ chart: { days, series, top, total }, view }: ChartProperties) {
  const width = days.length * dayWidth;
  const dearest = days.reduce((a, b) => (b.total > a.total ? b : a));
  return (
    <svg
      class="chart-bars"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-labelledby="usage-chart-title usage-chart-text"
    >
      <title id="usage-chart-title">What usage cost each day, by model</title>
      <desc id="usage-chart-text">
        {`${view.show(total)} in ${days.length} days; the most was ${view.show(dearest.total)} on ` +
          `${dayWords(dearest.day)}. The tables below have all numbers.`}
      </desc>
      {[0, height / 2, height].map((y) => (
        <line class="chart-line" x1={0} x2={width} y1={y} y2={y} />
      ))}
      {days.map(({ day, charged }, at) => {
        let below = 0;
        return charged.map((amount, number) => {
          const size = (amount / top) * height;
          if (size === 0) return null;
          below += size;
          const model = series[number]?.model ?? 'Others';
          return (
            <rect
              class={`series-${number}`}
              x={at * dayWidth + gap}
              y={(height - below).toFixed(3)}
              width={dayWidth - 2 * gap}
              height={size.toFixed(3)}
            >
              <title>{`${dayWords(day)}, ${modelWords(model)}: ${view.show(amount)}`}</title>
            </rect>
          );
        });
      })}
    </svg>
  );
}

function ModelTable({ chart: { series, total }, view }: ChartProperties) {
  return (
    <table>
      <Headings words={['Model']} numbers={['Charged', 'Share']} />
      <tbody>
        {series.map(({ model, charged }, number) => (
          <tr>
            <td class="model">
              <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
                <rect class={`series-${number}`} width="10" height="10" rx="2" />
              </svg>
              {modelWords(model ?? 'Others')}
            </td>
            <td class="number">{view.show(charged)}</td>
            <td class="number">{Math.round((charged / total) * 1_000) / 10} %</td>
          </tr>
        ))}
        <tr>
          <th scope="row">All</th>
          <td class="number">{view.show(total)}</td>
          <td class="number">100 %</td>
        </tr>
      </tbody>
    </table>
  );
}

function DayTable({ chart: { days, series }, view }: ChartProperties) {
  const used = days.filter(({ total }) => total > 0);
  return (
    <details>
      <summary>By day</summary>
      <div class="scroll" tabindex={0} role="region" aria-label="Usage by day">
        <table>
          <Headings
            words={['Day']}
            numbers={[...series.map(({ model }) => modelWords(model ?? 'Others')), 'All']}
          />
          <tbody>
            {used.toReversed().map(({ day, charged, total }) => (
              <tr>
                <th scope="row" class="day">
                  {dayWords(day)}
                </th>
                {charged.map((amount) => (
                  <td class="number">{view.show(amount)}</td>
                ))}
                <td class="number">{view.show(total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function modelWords(model: string): string {
  return model === '' ? 'No model named' : model;
}

/** "22 Nov 2026". */
function dayWords(day: string): string {
  const parts = { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' } as const;
  return new Date(day).toLocaleDateString('en-GB', parts);
}
