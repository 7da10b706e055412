import { html } from 'hono/html';
import type { Child } from 'hono/jsx';

interface DocumentProperties {
  readonly title: string;
  readonly children: Child;
  readonly head?: Child;
}

/** A whole page with our style sheet. Nothing inline: the content security policy forbids it. */
export function Document({ title, children, head }: DocumentProperties) {
  return html`<!doctype html>${(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex" />
          <title>{title}</title>
          <link rel="icon" type="image/svg+xml" href="/assets/mark.svg" />
          <link rel="stylesheet" href="/assets/pages.css" />
          {head}
        </head>
        <body>
          <a class="skip" href="#main">
            Skip to the content
          </a>
          {children}
        </body>
      </html>
    )}`;
}

/** One of the pages that the head of all of them leads to. */
export interface SectionLink<Section> {
  readonly section: Section;
  readonly path: string;
  readonly label: string;
}

interface SectionPageProperties<Section> extends DocumentProperties {
  /** Whose pages these are: it stands beside the mark, and in the window's title. */
  readonly brand: string;
  readonly sections: readonly [SectionLink<Section>, ...SectionLink<Section>[]];
  /** Null: the page belongs to none of them. */
  readonly current: Section | null;
  /** Who is here, at the right of the head. */
  readonly who: Child;
  /** True where no real card is charged. */
  readonly testCards: boolean;
  /** What the foot says. */
  readonly foot: Child;
}

/** A page with a head that leads to its sections, the content, and a foot. */
export function SectionPage<Section>(properties: SectionPageProperties<Section>) {
  const { title, brand, sections, current, who, testCards, foot, head, children } = properties;
  return (
    <Document title={`${title} · ${brand}`} head={head}>
      <header class="top">
        <div class="frame top-row">
          <a class="brand" href={sections[0].path}>
            <Mark />
            <span>{brand}</span>
          </a>
          {who}
        </div>
        <nav class="frame tabs" aria-label={brand}>
          {sections.map(({ section, path, label }) => (
            <a href={path} aria-current={section === current ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
      </header>
      <main id="main" class="frame" tabindex={-1}>
        {children}
      </main>
      <footer class="frame foot">
        {testCards && <TestMode />}
        <p>{foot}</p>
      </footer>
    </Document>
  );
}

interface PlainPageProperties extends DocumentProperties {
  readonly brand: string;
}

/** A narrow page without sections: for who is not signed in, and for what went wrong. */
export function PlainPage({ title, brand, head, children }: PlainPageProperties) {
  return (
    <Document title={title === brand ? brand : `${title} · ${brand}`} head={head}>
      <main id="main" class="frame stack narrow" tabindex={-1}>
        <h1 class="brand">
          <Mark />
          {brand}
        </h1>
        {children}
      </main>
    </Document>
  );
}

/** Beside the name, which says the same: it needs no words of its own. */
export function Mark({ size = 28 }: { readonly size?: number }) {
  return <img src="/assets/mark.svg" alt="" width={size} height={size} />;
}

/** Said on every page where no real card is charged. */
export function TestMode() {
  return (
    <p>
      <strong>Test mode.</strong> No real card is charged here.
    </p>
  );
}
