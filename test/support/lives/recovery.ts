import { declarationsOf, type Program } from "./program";
import { Broken, type Ended, holdSettled } from "./settled";

/** How an `up` failed. */
export interface Failure {
  readonly code: "name_taken" | "condition_taken" | "not_found" | "other";
  readonly message: string;
}

/**
 * One or two `up`s, and what their errors say to do; then everything is as declared, and another `up` sends nothing.
 *
 * @param up runs an `up` of a program that nothing disturbs.
 * @param requests how many requests there were so far.
 */
export async function recover(
  world: Ended,
  program: Program,
  up: (program: Program) => Promise<Failure | undefined>,
  requests: () => number,
): Promise<void> {
  let failure = await up(program);
  if (failure !== undefined) failure = await up(program);
  let wanted = program;
  const instead = async (other: Program) => {
    wanted = other;
    failure = await up(other);
  };
  if (hasCode(failure, "name_taken") && program.names !== undefined) {
    const aside = { ...program, areAside: true };
    await instead(aside);
    await instead(program);
    // A target that is no longer given a name keeps the one that it had, and the other has to be called otherwise.
    if (hasCode(failure, "name_taken")) await instead(aside);
  }
  if (hasCode(failure, "condition_taken") && staysSet(world)) await instead({ ...wanted, adopts: true });
  // What the read model shows for ever although it is deleted can only be replaced, as the error says.
  if (hasCode(failure, "not_found") && world.lost.some(({ method }) => method === "DELETE")) return;
  if (failure !== undefined) throw new Broken(`the last up after all failed: ${failure.message}`);
  await holdSettled(world, declarationsOf(wanted));
  const before = requests();
  if ((await up(wanted)) !== undefined || requests() !== before)
    throw new Broken("an up without changes sent something");
}

function hasCode(failure: Failure | undefined, code: Failure["code"]): failure is Failure {
  return failure?.code === code;
}

/**
 * Whether an execution may be in the way for ever: its end, or that of its targets, was missed by the read model, which ZITADEL
 * executes from; or it was replaced, is still to be deleted, and is declared again.
 */
function staysSet({ lost, stack }: Ended): boolean {
  return lost.length > 0 || stack.entries.some(({ type, isReplaced }) => type === "execution" && isReplaced === true);
}
