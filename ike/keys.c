/* SPDX-License-Identifier: ISC */
/* runs in: keys.  The event loop of the keys process. */
#include "ike/ike.h"
#include "lib/proc.h"

static const struct msg_rule no_rules[] = { MSG_RULE_END };

static const struct role_def keys_def = {
	.role = ROLE_KEYS,
	.main_rules = no_rules,
	.peer_rules = { [ROLE_IKE] = no_rules }
};

int
keys_role(void)
{
	return (role_run(&keys_def, NULL));
}
