import type { Child } from 'hono/jsx';

const style = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
    color: #1a1a2e; }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: 0.3rem 0.6rem; border-bottom: 1px solid #e3e3ee;
    vertical-align: top; }
  code, pre { font-size: 0.85em; } pre { white-space: pre-wrap; margin: 0; }
  button, select, input { font: inherit; padding: 0.25rem 0.7rem; }
  form.inline { display: inline-block; margin: 0 0.5rem 0.5rem 0; }
  nav a { margin-right: 1rem; } .muted { color: #6b6b80; } .bad { color: #b00020; }
`;

/** A whole page around its content. */
export function document(title: string, content: Child): string {
  const body = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        {/* No icon: else browsers ask for one that is not there. */}
        <link rel="icon" href="data:," />
        <title>{`${title} · Stripe sandbox`}</title>
        <style>{style}</style>
      </head>
      <body>{content}</body>
    </html>
  );
  return `<!doctype html>${(body as { toString: () => string }).toString()}`;
}
