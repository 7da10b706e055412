import type { Child } from 'hono/jsx';

/** A column of a table of records: what it is called, and what stands in it. */
export interface Column<Row> {
  readonly heading: string;
  /**
   * `number`: at the right, digits below digits. `whole`: never broken, as a number of an invoice.
   * `long`: broken anywhere, as an id.
   */
  readonly kind?: 'number' | 'whole' | 'long';
  readonly cell: (row: Row) => Child;
}

interface RecordsProperties<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
}

/**
 * A table of records. On a narrow screen each record stands by itself, every value beside the
 * heading of its column, so that nothing is out of sight.
 */
export function Records<Row>({ columns, rows }: RecordsProperties<Row>) {
  return (
    <div class="scroll">
      <table class="records">
        <thead>
          <tr>
            {columns.map(({ heading, kind }) => (
              <th scope="col" class={kind}>
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {columns.map(({ heading, kind, cell }) => (
                <td class={kind} data-label={heading}>
                  <div>{cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
