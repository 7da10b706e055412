import type { Child } from 'hono/jsx';

interface PotProperties {
  readonly name: string;
  readonly figure: string;
  /** What there is to know about the figure. */
  readonly children: Child;
}

/** One figure of a page's head, with its name above and what it means below; inside `dl.pots`. */
export function Pot({ name, figure, children }: PotProperties) {
  return (
    <div class="box pot">
      <dt>{name}</dt>
      <dd class="figure">{figure}</dd>
      <dd>{children}</dd>
    </div>
  );
}
