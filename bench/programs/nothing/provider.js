// A dynamic provider that sends no requests. Its answers are as large as those for a target.
const { randomBytes } = require("node:crypto");

const date = "2026-01-01T00:00:00.000000Z";
const pulumis = ["__provider", "__logicalName"];
const outputsOnly = ["signingKey", "creationDate", "changeDate"];

function without(properties, keys) {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !keys.includes(key)));
}

exports.nothing = {
  check(olds, news) {
    const name = olds.name ?? `${news.__logicalName}-${randomBytes(4).toString("hex").slice(0, 7)}`;
    const inputs = { ...without(news, pulumis), name, __autoName: name, payloadType: "PAYLOAD_TYPE_JSON" };
    return Promise.resolve({ inputs });
  },
  diff() {
    return Promise.resolve({ changes: false, replaces: [] });
  },
  create(inputs) {
    const id = `3${String(randomBytes(6).readUIntBE(0, 6)).padStart(17, "0")}`;
    const signingKey = randomBytes(18).toString("hex");
    return Promise.resolve({
      id,
      outs: { ...without(inputs, pulumis), signingKey, creationDate: date, changeDate: date },
    });
  },
  read(id, state) {
    const props = without(state, pulumis);
    return Promise.resolve({ id, props, inputs: without(props, outputsOnly) });
  },
  update(_id, _olds, news) {
    return Promise.resolve({ outs: without(news, pulumis) });
  },
  delete() {
    return Promise.resolve();
  },
};
