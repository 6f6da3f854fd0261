// A program that is written in no language yet: what the examples in every language are made of.

/** An output of another resource of the program. */
export interface Reference {
  readonly of: string;
  readonly output: string;
}

/** The text of a file beside the program. */
export interface FileText {
  readonly file: string;
}

export type Value = string | boolean | Reference | FileText | readonly Value[] | { readonly [key: string]: Value };

export interface Declaration {
  /** In the program: also the name of its variable. */
  readonly name: string;
  readonly type: "Target" | "Execution" | "TargetPublicKey";
  readonly properties: Readonly<Record<string, Value>>;
  /** Another resource. */
  readonly dependsOn?: string;
}

export interface Program {
  readonly resources: readonly Declaration[];
  /** What the stack exports. */
  readonly outputs?: Readonly<Record<string, Reference>>;
}

export function isReference(value: Value): value is Reference {
  return typeof value === "object" && "of" in value && "output" in value;
}

export function isFileText(value: Value): value is FileText {
  return typeof value === "object" && "file" in value;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether something other than the program's outputs refers to a resource. */
export function isUsed({ resources, outputs = {} }: Program, name: string): boolean {
  const uses = (value: Value): boolean => {
    if (typeof value !== "object") return false;
    if (isReference(value)) return value.of === name;
    return Object.values(value as Readonly<Record<string, Value>>).some(uses);
  };
  return (
    resources.some(({ properties, dependsOn }) => dependsOn === name || uses(properties)) ||
    Object.values(outputs).some(uses)
  );
}

/** `signingKey` as `signing_key`. */
export function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
