/* SPDX-License-Identifier: ISC */
/* runs in: ike.  The event loop of the ike process. */
#include "ike/ike.h"
#include "lib/proc.h"

static const struct msg_rule no_rules[] = { MSG_RULE_END };

static const struct role_def ike_def = {
	.role = ROLE_IKE,
	.main_rules = no_rules,
	.peer_rules = { [ROLE_KEYS] = no_rules, [ROLE_CONTROL] = no_rules }
};

int
ike_role(void)
{
	return (role_run(&ike_def, NULL));
}
