// The names that each entry has for a CommonJS module, and those of them that an ES module cannot import.
const entries = ["", "/runtime", "/webhook", "/webhook/testing", "/local", "/policies"].map((path) => `pulumi-zitadel-actions${path}`);

Promise.all(
  entries.map(async (entry) => {
    const required = Object.keys(require(entry)).sort();
    const imported = new Set(Object.keys(await import(entry)));
    return [entry, { required, onlyRequired: required.filter((name) => !imported.has(name)) }];
  }),
).then((all) => console.log(JSON.stringify(Object.fromEntries(all))));
