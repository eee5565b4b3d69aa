/* SPDX-License-Identifier: ISC */
/* runs in: every process.  See pair_common.h. */
#include "lib/pair_common.h"

const char *const role_names[ROLE_N] = {
	"main", "keys", "ike", "ospf", "esp", "control"
};

const char *const subsys_names[SUBSYS_N] = {
	"main", "ike", "ospf", "esp", "kernel", "control"
};

static const struct fld hello_f[] = {
	F_U32(m_hello, role), F_STR(m_hello, build), F_END
};
const struct fld_table m_hello_fld = FLD_TABLE(m_hello, hello_f);

static const struct fld peer_f[] = { F_U32(m_peer, role), F_END };
const struct fld_table m_peer_fld = FLD_TABLE(m_peer, peer_f);

static const struct fld log_f[] = {
	F_U8(m_log, level), F_U32(m_log, subsys_mask), F_U32(m_log, tid), F_END
};
const struct fld_table m_log_fld = FLD_TABLE(m_log, log_f);

static const struct fld gen_f[] = { F_U32(m_gen, generation), F_END };
const struct fld_table m_gen_fld = FLD_TABLE(m_gen, gen_f);

static const struct fld event_f[] = {
	F_I64(m_event, wall_ms), F_U32(m_event, tid),
	F_ENUM(m_event, subsys, SUBSYS_N, subsys_names),
	F_STR(m_event, subject), F_STR(m_event, what), F_STR(m_event, text),
	F_END
};
const struct fld_table m_event_fld = FLD_TABLE(m_event, event_f);

static const struct fld fault_f[] = {
	F_U32(m_fault, role), F_STR(m_fault, text), F_END
};
const struct fld_table m_fault_fld = FLD_TABLE(m_fault, fault_f);
