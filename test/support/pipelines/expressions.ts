/** What expressions can ask for: `github`, `secrets`, `steps` and others, as JSON. */
export type Contexts = Readonly<Record<string, object>>;

/** How it stands with the job. */
export type Status = "success" | "failure" | "cancelled";

/** Evaluates expressions as GitHub does, by its own evaluator. */
export async function evaluator(contexts: () => Contexts, status: () => Status) {
  const { data, Evaluator, Lexer, Parser } = await import("@actions/expressions");
  const check = (name: string, holds: () => boolean) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(holds()),
  });
  const checks = [
    check("always", () => true),
    check("success", () => status() === "success"),
    check("failure", () => status() === "failure"),
    check("cancelled", () => status() === "cancelled"),
  ];
  const evaluate = (expression: string) => {
    const known = contexts();
    const context = JSON.parse(JSON.stringify(known), data.reviver) as InstanceType<typeof data.Dictionary>;
    const { tokens } = new Lexer(expression).lex();
    const parsed = new Parser(tokens, Object.keys(known), checks).parse();
    return new Evaluator(parsed, context, new Map(checks.map((one) => [one.name, one]))).evaluate();
  };
  return {
    /** Whether a condition holds. */
    holds: (condition: string): boolean => evaluate(`!!(${condition})`).coerceString() === "true",
    /** A text with the values of the expressions in it. */
    fill: (text: string): string =>
      text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, expression: string) => evaluate(expression).coerceString()),
  };
}
