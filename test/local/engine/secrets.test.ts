import { readFileSync } from "node:fs";
import path from "node:path";
import { openCrypter } from "../../../local/engine/secrets";

describe("secrets in the state", () => {
  test("what one crypter encrypts, another of the same passphrase and salt decrypts", async () => {
    const first = await openCrypter("a passphrase");
    const ciphertext = first.encrypt('"grüße"');
    expect(first.salt).toMatch(/^v1:[\w+/=]+:v1:[\w+/=]+:[\w+/=]+$/);
    expect(ciphertext).toMatch(/^v1:[\w+/]{16}:[\w+/=]+$/);
    const second = await openCrypter("a passphrase", first.salt);
    expect(second.decrypt(ciphertext)).toBe('"grüße"');
  });

  test("two stacks never share a key or a ciphertext", async () => {
    const [first, second] = [await openCrypter("a passphrase"), await openCrypter("a passphrase")];
    expect(first.salt).not.toBe(second.salt);
    expect(first.encrypt("x")).not.toBe(second.encrypt("x"));
  });

  test("a secret that does not change keeps its ciphertext, also one that was read from the state", async () => {
    const first = await openCrypter("a passphrase");
    const ciphertext = first.encrypt("same");
    expect(first.encrypt("same")).toBe(ciphertext);
    expect(first.encrypt("other")).not.toBe(ciphertext);
    const second = await openCrypter("a passphrase", first.salt);
    second.decrypt(ciphertext);
    expect(second.encrypt("same")).toBe(ciphertext);
  });

  test("the wrong passphrase, a tampered ciphertext and other formats are rejected", async () => {
    const { salt, encrypt, decrypt } = await openCrypter("a passphrase");
    await expect(openCrypter("another", salt)).rejects.toThrow("incorrect passphrase");
    await expect(openCrypter("a passphrase", "v2:x:y")).rejects.toThrow("not in the format");
    const [version, nonce, sealed = ""] = encrypt("x").split(":");
    const tampered = sealed.startsWith("A") ? `B${sealed.slice(1)}` : `A${sealed.slice(1)}`;
    expect(() => decrypt([version, nonce, tampered].join(":"))).toThrow();
  });

  test("what Pulumi itself encrypted is read", async () => {
    const recorded = readFileSync(path.join(__dirname, "..", "..", "data", "transcripts", "life.json"), "utf8");
    const [, salt] = /"salt": ?"([^"]+)"/.exec(recorded) ?? [];
    const [, ciphertext = ""] = /"ciphertext": ?"([^"]+)"/.exec(recorded) ?? [];
    const { decrypt } = await openCrypter("correct horse", salt);
    expect(decrypt(ciphertext)).toBe('"key-of-thing-1-a"');
  });
});
