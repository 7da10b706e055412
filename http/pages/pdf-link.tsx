interface PdfLinkProperties {
  readonly href: string;
  /** What it is the PDF of: read out, where only "PDF" is seen. */
  readonly name: string;
}

/** Leads to a document, beside its name. */
export function PdfLink({ href, name }: PdfLinkProperties) {
  return (
    <a href={href} aria-label={`${name} as PDF`}>
      PDF
    </a>
  );
}
