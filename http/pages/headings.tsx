interface HeadingsProperties {
  readonly words: readonly string[];
  readonly numbers: readonly string[];
}

/** The headings of a table: columns of words, then columns of numbers. */
export function Headings({ words, numbers }: HeadingsProperties) {
  return (
    <thead>
      <tr>
        {words.map((heading) => (
          <th scope="col">{heading}</th>
        ))}
        {numbers.map((heading) => (
          <th scope="col" class="number">
            {heading}
          </th>
        ))}
      </tr>
    </thead>
  );
}
