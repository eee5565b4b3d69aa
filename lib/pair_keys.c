/* SPDX-License-Identifier: ISC */
/* runs in: main, keys and ike.  See pair_keys.h. */
#include "lib/pair_keys.h"

static const struct fld secret_f[] = {
	F_U32(keys_secret, tid),
	F_ENUM(keys_secret, auth, AUTH_N, ike_auth_names),
	F_SECRET(keys_secret, psk), F_SECRET(keys_secret, psk2),
	F_SECRET(keys_secret, priv), F_BYTES(keys_secret, remote_pub), F_END
};
const struct fld_table keys_secret_fld = FLD_TABLE(keys_secret, secret_f);

static const struct fld auth_f[] = {
	F_U32(keys_auth, req), F_U32(keys_auth, tid),
	F_ENUM(keys_auth, auth, AUTH_N, ike_auth_names),
	F_U16(keys_auth, prf), F_VAR(keys_auth, octets),
	F_VAR(keys_auth, value), F_END
};
const struct fld_table keys_auth_fld = FLD_TABLE(keys_auth, auth_f);

static const struct fld done_f[] = {
	F_U32(keys_done, req), F_U32(keys_done, tid), F_BOOL(keys_done, ok),
	F_VAR(keys_done, value), F_END
};
const struct fld_table keys_done_fld = FLD_TABLE(keys_done, done_f);
