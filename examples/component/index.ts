import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ProductHook } from "./product-hook";

const config = new pulumi.Config();
const receiver = config.require("receiver");
const rotation = config.get("rotation") ?? "first";

// This is what the shop team writes …
const shop = new ProductHook("shop", {
  endpoint: `${receiver}/shop`,
  events: ["user.human"],
  rotation,
});

// … and this is what the billing team writes. It also adds claims to tokens, and has its own key for that.
const billing = new ProductHook("billing", {
  endpoint: `${receiver}/billing`,
  events: ["session", "org"],
  claims: {
    functions: ["preaccesstoken"],
    publicKey: readFileSync(join(__dirname, "billing.pub.pem"), "utf8"),
  },
  rotation,
});

export const shopKeys = shop.signingKeys;
export const billingKeys = billing.signingKeys;
export const billingKeyId = billing.keyId;
