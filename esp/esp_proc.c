/* SPDX-License-Identifier: ISC */
/* runs in: esp.  The event loop of the esp process. */
#include "esp/esp.h"
#include "lib/proc.h"

static const struct msg_rule no_rules[] = { MSG_RULE_END };

static const struct role_def esp_def = {
	.role = ROLE_ESP,
	.main_rules = no_rules,
	.peer_rules = { [ROLE_CONTROL] = no_rules }
};

int
esp_role(void)
{
	return (role_run(&esp_def, NULL));
}
