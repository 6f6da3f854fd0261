/* global atob, Request */
// Sends what attempts.ts has written to the receiver of this runtime. It uses nothing that is not of the web.

const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** Returns how many deliveries were taken, how many forgeries were refused, and what went wrong. */
export async function tryAll({ webhook }, { jwks, deliveries, forged }) {
  const bodies = new Map(deliveries.map(({ name, body }) => [name, bytesOf(body)]));
  const statusOf = async (name, { changed, headers, signingKey, isToken, now, decryptionKeys }) => {
    const genuine = bodies.get(name);
    const { start, end, base64 } = changed;
    const middle = bytesOf(base64);
    const body = new Uint8Array(start + middle.length + end);
    body.set(genuine.subarray(0, start));
    body.set(middle, start);
    body.set(genuine.subarray(genuine.length - end), start + middle.length);
    const options = { signingKey, now: () => new Date(now), onRefused: () => undefined };
    if (isToken) options.instanceKeys = jwks;
    if (decryptionKeys !== undefined) options.decryptionKeys = decryptionKeys;
    let handled = false;
    const receive = webhook(options, () => {
      handled = true;
      return {};
    });
    const reply = await receive(new Request("https://example.com/", { method: "POST", headers, body }));
    return { status: reply.status, handled, ...(await reply.json()) };
  };
  const wrong = [];
  let taken = 0;
  for (const { name, attempt } of deliveries) {
    const came = await statusOf(name, attempt);
    if (came.status === 200 && came.handled) taken++;
    else wrong.push({ name, came });
  }
  let refused = 0;
  for (const { name, change, what, codes, ...attempt } of forged) {
    const came = await statusOf(name, attempt);
    if (came.status >= 400 && !came.handled && codes.includes(came.error)) refused++;
    else wrong.push({ name, change, what, came });
  }
  return { taken, refused, wrong: wrong.slice(0, 10) };
}
