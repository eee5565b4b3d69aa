/* SPDX-License-Identifier: ISC */
/* runs in: ospf.  The event loop of the ospf process. */
#include "ospf/ospf.h"
#include "lib/proc.h"

static const struct msg_rule no_rules[] = { MSG_RULE_END };

static const struct role_def ospf_def = {
	.role = ROLE_OSPF,
	.main_rules = no_rules,
	.peer_rules = { [ROLE_CONTROL] = no_rules }
};

int
ospf_role(void)
{
	return (role_run(&ospf_def, NULL));
}
