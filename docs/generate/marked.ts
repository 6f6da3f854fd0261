const start = "<!-- More examples: they are written here, and `npm run docs` keeps them. -->";
const end = "<!-- end of more examples -->";

/** The examples of a page that do not come from doc comments, with the marks around them; of a new page, the marks alone. */
export function moreExamples(path: string, page: string | undefined): string {
  if (page === undefined) return `${start}\n\n${end}`;
  const [before, after] = [page.indexOf(start), page.indexOf(end)];
  if (before === -1 || after < before)
    throw new Error(`${path} has no place for more examples between "${start}" and "${end}"`);
  return page.slice(before, after + end.length);
}
