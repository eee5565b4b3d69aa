/* SPDX-License-Identifier: ISC */
/*
 * Messages between the processes and rows for greipsecctl.  The first byte
 * chooses which.  What is taken encodes to the same bytes again, and prints.
 */
#include <string.h>

#include "fuzz.h"
#include "greipsecctl/ctl_json.h"
#include "lib/ctl.h"
#include "lib/pair_keys.h"
#include "lib/pair_main_control.h"
#include "lib/pair_main_esp.h"
#include "lib/pair_main_ospf.h"
#include "lib/proc.h"

static const struct fld_table *const tables[] = {
	&ctl_counter_fld, &ctl_end_fld, &ctl_espsa_fld, &ctl_esptun_fld,
	&ctl_fib_fld, &ctl_ike_fld, &ctl_kick_fld, &ctl_lsa_fld, &ctl_nbr_fld,
	&ctl_ospf_fld, &ctl_ospfif_fld, &ctl_path_fld, &ctl_proc_fld,
	&ctl_reload_fld, &ctl_req_fld, &ctl_rib_fld, &ctl_sa_fld,
	&ctl_summary_fld, &ctl_switch_fld, &ctl_text_fld, &ctl_warn_fld, &ctl_tunnel_fld,
	&esp_pmtu_fld, &esp_sock_fld, &esp_tid_fld, &esp_tunnel_fld,
	&ike_kick_fld, &ike_sock_fld, &ike_state_fld, &ike_tid_fld,
	&ike_tunnel_fld, &keys_auth_fld, &keys_done_fld, &keys_secret_fld,
	&ospf_dest_fld, &ospf_global_fld, &ospf_iface_fld, &ospf_iid_fld,
	&ospf_keep_fld, &ospf_leave_fld, &ospf_link_fld, &ospf_nbr_state_fld, &ospf_route_fld,
	&ospf_seq_fld, &ospf_stub_fld, &sa_done_fld, &sa_evidence_fld,
	&sa_ref_fld, &sa_spec_fld, &sa_too_big_fld,
	&m_event_fld, &m_fault_fld, &m_gen_fld, &m_hello_fld, &m_log_fld,
	&m_peer_fld
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t back[1U << 17];
	const struct fld_table *t;
	struct wbuf w = wbuf_make(back, sizeof(back));
	const char *bad = NULL;
	char *text = NULL;
	size_t n = 0;
	void *obj;
	FILE *f;

	if (len == 0)
		return (0);
	t = tables[data[0] % (sizeof(tables) / sizeof(tables[0]))];
	MUST((obj = calloc(1, t->size)) != NULL);
	if (codec_decode(data + 1, len - 1, t, obj, &bad) == 0) {
		codec_put(&w, t, obj);
		MUST(wbuf_ok(&w));
		MUST(w.len == len - 1 && memcmp(back, data + 1, w.len) == 0);
		f = open_memstream(&text, &n);
		MUST(f != NULL);
		json_object(f, t, obj);
		MUST(fclose(f) == 0 && n >= 2 && text[0] == '{');
		free(text);
	}
	free(obj);
	return (0);
}
