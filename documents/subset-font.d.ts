/** The package has no types of its own; these are of what is used here. */
declare module 'subset-font' {
  export default function subsetFont(
    font: Buffer,
    text: null,
    options: {
      readonly targetFormat: 'truetype';
      readonly variationAxes: Readonly<Record<string, number>>;
      readonly noHinting: boolean;
      readonly keepAllGlyphs: true;
    },
  ): Promise<Buffer>;
}
