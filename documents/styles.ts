import type { TextStyle } from './paper.ts';

/** Dark enough to be read on paper from any printer. */
export const ink = {
  text: '#14181f',
  soft: '#5b6470',
  rule: '#14181f',
  hairline: '#cfd5dd',
} as const;

export const styles = {
  title: { size: 22, weight: 'bold', color: ink.text },
  amount: { size: 15, weight: 'bold', color: ink.text },
  body: { size: 9, weight: 'regular', color: ink.text },
  strong: { size: 9, weight: 'bold', color: ink.text },
  total: { size: 10.5, weight: 'bold', color: ink.text },
  soft: { size: 9, weight: 'regular', color: ink.soft },
  heading: { size: 7.5, weight: 'bold', color: ink.soft },
  small: { size: 8, weight: 'regular', color: ink.text },
  smallStrong: { size: 8, weight: 'bold', color: ink.text },
  smallSoft: { size: 7.5, weight: 'regular', color: ink.soft },
} as const satisfies Record<string, TextStyle>;
