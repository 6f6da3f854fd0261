import { byOption } from "./stack";
import { remark } from "./output";
import type { Terminal } from "./terminal";
import type { Instance } from "../provider/api/instance";
import { readSettings } from "../provider/settings/sources";
import { hasCode, ZitadelError } from "../provider/api/errors";

/** The part of a command's `--help` about its settings. */
export const environmentHelp = `The instance and the credential come from the environment:

  ZITADEL_DOMAIN                  host of the instance
  ZITADEL_PORT, ZITADEL_INSECURE  default 443 and https; true means http
  ZITADEL_EXTERNAL_DOMAIN         external domain, if ZITADEL_DOMAIN is another
                                  address of the instance
  ZITADEL_ACCESS_TOKEN            personal access token, or instead of it
  ZITADEL_JWT_PROFILE_FILE        key file of a service user (or its content in
                                  ZITADEL_JWT_PROFILE_JSON), or
  ZITADEL_CLIENT_ID, ZITADEL_CLIENT_SECRET
  ZITADEL_CA_CERTIFICATE_FILE     private certificate authority`;

/** The instance from the environment, without a stack. */
export function instanceOf(terminal: Terminal): Instance {
  try {
    const settings = readSettings(() => undefined, terminal.env, { select: byOption, isStackless: true });
    for (const warning of settings.warnings) remark(terminal, "warning", warning);
    return settings.instance(undefined);
  } catch (error) {
    if (!hasCode(error, "settings")) throw error;
    const message = `Without --stack, this command takes its settings from the environment: ${error.message}.`;
    throw new ZitadelError("settings", message, { operation: "read settings" });
  }
}
