/** Puts a table between the marks that a document has for it. */
export function withTable(text: string, name: string, table: string): string {
  const marks = new RegExp(`(<!-- inputs of ${name}[^\\n]*-->\\n)[\\s\\S]*?(\\n<!-- end of inputs -->)`);
  if (!marks.test(text)) throw new Error(`there is no place for the inputs of ${name}`);
  return text.replace(marks, (_whole, before: string, after: string) => `${before}\n${table}\n${after}`);
}
