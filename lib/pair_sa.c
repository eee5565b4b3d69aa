/* SPDX-License-Identifier: ISC */
/* runs in: main, ike, esp.  See pair_sa.h. */
#include "lib/pair_sa.h"

const char *const sa_dir_names[SA_DIR_N] = { "in", "out" };
const char *const ipsec_mode_names[MODE_N] = { "transport", "tunnel" };
const char *const evidence_names[EVID_N] = {
	"unknown-spi", "soft-limit", "hard-limit", "first-in", "moved",
	"unreachable", "no-sa", "silent", "deaf"
};

static const struct fld spec_f[] = {
	F_U32(sa_spec, tid), F_ENUM(sa_spec, dir, SA_DIR_N, sa_dir_names),
	F_U32(sa_spec, spi), F_ADDR(sa_spec, local), F_ADDR(sa_spec, remote),
	F_ENUM(sa_spec, mode, MODE_N, ipsec_mode_names), F_BOOL(sa_spec, udp),
	F_U16(sa_spec, local_port), F_U16(sa_spec, remote_port),
	F_U16(sa_spec, encr), F_U16(sa_spec, key_bits),
	F_SECRET(sa_spec, encr_key), F_U16(sa_spec, integ),
	F_SECRET(sa_spec, integ_key), F_BOOL(sa_spec, esn),
	F_U16(sa_spec, replay_window), F_U32(sa_spec, hard_s),
	F_U32(sa_spec, soft_s), F_U64(sa_spec, hard_bytes),
	F_U64(sa_spec, soft_bytes), F_END
};
const struct fld_table sa_spec_fld = FLD_TABLE(sa_spec, spec_f);

static const struct fld ref_f[] = {
	F_U32(sa_ref, tid), F_ENUM(sa_ref, dir, SA_DIR_N, sa_dir_names),
	F_U32(sa_ref, spi), F_END
};
const struct fld_table sa_ref_fld = FLD_TABLE(sa_ref, ref_f);

static const struct fld done_f[] = {
	F_U32(sa_done, tid), F_ENUM(sa_done, dir, SA_DIR_N, sa_dir_names),
	F_U32(sa_done, spi), F_U32(sa_done, error), F_END
};
const struct fld_table sa_done_fld = FLD_TABLE(sa_done, done_f);

static const struct fld evid_f[] = {
	F_ENUM(sa_evidence, what, EVID_N, evidence_names),
	F_U32(sa_evidence, tid),
	F_ENUM(sa_evidence, dir, SA_DIR_N, sa_dir_names),
	F_U32(sa_evidence, spi), F_ADDR(sa_evidence, remote),
	F_U16(sa_evidence, remote_port), F_U32(sa_evidence, detail), F_END
};
const struct fld_table sa_evidence_fld = FLD_TABLE(sa_evidence, evid_f);

static const struct fld too_big_f[] = {
	F_ADDR(sa_too_big, remote), F_U32(sa_too_big, spi),
	F_U16(sa_too_big, mtu), F_END
};
const struct fld_table sa_too_big_fld = FLD_TABLE(sa_too_big, too_big_f);
