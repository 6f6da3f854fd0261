import { randomBytes } from "node:crypto";
import { access, constants, lstat, open, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { oneLine, sentence, ZitadelError } from "../../provider/api/errors";

/** @throws {ZitadelError} if the file exists or could not be created: checked before any request to ZITADEL. */
export async function freeForWriting(path: string): Promise<void> {
  const unless = (fine: string) => (error: unknown) => {
    if (codeOf(error) !== fine) throw unwritten(path, error);
  };
  await access(dirname(path), constants.W_OK).catch(unless(""));
  if ((await lstat(path).catch(unless("ENOENT"))) !== undefined) throw taken(path);
}

/** Writes a new file, completely or not at all. */
export async function writeNew(path: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.${randomBytes(8).toString("hex")}.tmp`);
  const ours = [draft];
  try {
    await writeFile(draft, text, { flag: "wx" });
    // Creating the file reserves the name; then only a rename is left to do.
    await (await open(path, "wx")).close();
    ours.push(path);
    await rename(draft, path);
  } catch (error) {
    await Promise.all(ours.map((file) => rm(file, { force: true })));
    throw codeOf(error) === "EEXIST" ? taken(path) : unwritten(path, error);
  }
}

function taken(path: string): ZitadelError {
  return failed(path, "the file exists already, and was left as it is", "Remove it, or choose another file.");
}

function unwritten(path: string, error: unknown): ZitadelError {
  return failed(path, `the file cannot be written (${codeOf(error) ?? "for an unknown reason"})`);
}

function failed(path: string, said: string, hint = ""): ZitadelError {
  return new ZitadelError("settings", sentence(`writing ${oneLine(path)}`, said, hint), { operation: "write program" });
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
