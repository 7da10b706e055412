/**
 * What one notice says, apart from how it looks. Text part and HTML part are both made from it, so
 * they cannot say different things.
 */
export interface NoticeContent {
  readonly subject: string;
  readonly heading: string;
  /** Null where the name was erased. */
  readonly accountName: string | null;
  readonly paragraphs: readonly string[];
  /** Label and value, one a row: amounts, dates, numbers. */
  readonly facts: readonly Fact[];
  /** What the customer quotes when they write to us: the purchase and its code. */
  readonly references: readonly Fact[];
  /** The one thing to do, or to look at. */
  readonly link: Link;
  /** Something else to look at. */
  readonly furtherLink?: Link;
}

export interface Link {
  readonly words: string;
  readonly url: string;
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** The row that counts (what was charged). */
  readonly strong?: true;
}

export interface RenderedNotice {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const footer =
  'You get this mail because your address receives the billing mails of this account. ' +
  'We never ask for card details by mail.';

export function layOut(content: NoticeContent): RenderedNotice {
  return { subject: content.subject, text: asText(content), html: asHtml(content) };
}

function linksOf({ link, furtherLink }: NoticeContent): Link[] {
  return furtherLink === undefined ? [link] : [link, furtherLink];
}

function greeting({ accountName }: NoticeContent): string {
  return accountName === null ? 'Hello,' : `Hello ${accountName},`;
}

function asText(content: NoticeContent): string {
  const rows = [...content.facts, ...content.references];
  const width = Math.max(...rows.map(({ label }) => label.length)) + 2;
  const facts = rows.map(({ label, value }) => `  ${label.padEnd(width)}${value}`);
  const blocks = [
    content.heading,
    greeting(content),
    ...content.paragraphs,
    facts.join('\n'),
    ...linksOf(content).map(({ words, url }) => `${words}:\n${url}`),
    `-- \n${footer}`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

/**
 * One narrow column, colours that read on light and dark: mail programs know little more than
 * tables and inline styles, and many drop the `style` element (then light colours stay).
 */
function asHtml(content: NoticeContent): string {
  const { subject, heading, paragraphs, facts, references, link } = content;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escape(subject)}</title>
<style>${darkColors}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f4f5f7;color:#1d2129">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border-radius:8px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:24px;color:#1d2129;text-align:left">
<tr><td style="padding:32px 28px">
<h1 class="heading" style="margin:0 0 20px;font-size:22px;line-height:30px;font-weight:600;color:#1d2129">${escape(heading)}</h1>
${[greeting(content), ...paragraphs].map(paragraphHtml).join('\n')}
${factsHtml(facts)}
<table role="presentation" cellpadding="0" cellspacing="0" style="margin:24px 0 0"><tr><td class="button" style="border-radius:6px;background:#1f5fbf">
<a class="button" href="${escape(link.url)}" style="display:inline-block;padding:12px 20px;color:#ffffff;font-weight:600;text-decoration:none">${escape(link.words)}</a>
</td></tr></table>
${furtherLinkHtml(content)}${referencesHtml(references)}
</td></tr>
</table>
<p class="footer" style="max-width:560px;margin:16px auto 0;padding:0 28px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:13px;line-height:20px;color:#59616e;text-align:left">${escape(footer)}</p>
</td></tr>
</table>
</body>
</html>
`;
}

const darkColors = `
@media (prefers-color-scheme: dark) {
  .page { background: #14171c !important; color: #e8eaee !important; }
  .card { background: #1f242c !important; color: #e8eaee !important; }
  .heading { color: #ffffff !important; }
  .fact { border-color: #3a424e !important; color: #e8eaee !important; }
  .label, .footer { color: #a5aebb !important; }
  td.button { background: #7db1ff !important; }
  a.further { color: #7db1ff !important; }
  a.button { color: #10151c !important; }
}
`;

function furtherLinkHtml({ furtherLink }: NoticeContent): string {
  if (furtherLink === undefined) return '';
  const { words, url } = furtherLink;
  return `<p style="margin:16px 0 0"><a class="further" href="${escape(url)}" style="color:#1f5fbf">${escape(words)}</a></p>\n`;
}

function paragraphHtml(paragraph: string): string {
  return `<p style="margin:0 0 16px">${escape(paragraph)}</p>`;
}

function factsHtml(facts: readonly Fact[]): string {
  const rows = facts.map(({ label, value, strong }) => {
    const weight = strong ? ';font-weight:600' : '';
    const cell = `padding:8px 0;border-top:1px solid #dfe3e8;vertical-align:top${weight}`;
    return `<tr>
<td class="fact label" style="${cell};color:#59616e;white-space:nowrap">${escape(label)}</td>
<td class="fact" align="right" style="${cell};padding-left:16px;font-variant-numeric:tabular-nums;overflow-wrap:anywhere">${escape(value)}</td>
</tr>`;
  });
  return `<table width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;margin:8px 0 0;font-size:15px;line-height:22px">
${rows.join('\n')}
</table>`;
}

/** Small and below: long words that nobody reads, but some copy. */
function referencesHtml(references: readonly Fact[]): string {
  const lines = references.map(({ label, value }) => `${escape(label)} ${escape(value)}`);
  return `<p class="label" style="margin:24px 0 0;font-size:13px;line-height:20px;color:#59616e;overflow-wrap:anywhere">${lines.join('<br>')}</p>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Makes a text safe inside HTML, in content and in quoted attributes. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
