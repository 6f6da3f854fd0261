const oldest = 22;

/** The message if Node is too old for the commands; `undefined` otherwise. */
export function problemOfNode(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= oldest) return undefined;
  return `pulumi-zitadel-actions needs Node ${oldest} or later, but this is Node ${version}. Install a newer Node (https://nodejs.org), for example with \`nvm install --lts\`.`;
}
