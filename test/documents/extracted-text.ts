import { extractText, getDocumentProxy } from 'unpdf';

/** A PDF's texts page by page, as a reader of the file finds them. */
export async function textOfPages(pdf: Uint8Array): Promise<string[]> {
  // The reader takes the bytes for itself.
  const document = await getDocumentProxy(new Uint8Array(pdf));
  const { text } = await extractText(document, { mergePages: false });
  return text.map((page) => page.replace(/\s+/g, ' '));
}

/** What the file says of itself. */
export async function metadataOf(pdf: Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  const document = await getDocumentProxy(new Uint8Array(pdf));
  return (await document.getMetadata()).info as Record<string, unknown>;
}
