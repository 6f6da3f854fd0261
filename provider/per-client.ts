import type { Client } from "./client";

/** What a process remembers of an instance: one value for each client, made when it is first asked for. */
export function perClient<Value>(make: (client: Client) => Value): (client: Client) => Value {
  const values = new WeakMap<Client, { readonly value: Value }>();
  return (client) => {
    const known = values.get(client) ?? { value: make(client) };
    values.set(client, known);
    return known.value;
  };
}
