/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  ESP (RFC 4303) and GRE (RFC 2784) in user space.  Includes
 * lib/ only; the daemon knows nothing of this folder but this function.
 *
 *	esp_proc	descriptors, channels, the event loop; all else is pure
 *	esp_io		batches of packets in and out of sockets and devices;
 *			esp_sys: what is another on each system there
 *	merge		packets of one flow that the system takes as one
 *	errq		ICMP errors from a socket's error queue
 *	path		tables of tunnels and SAs, limits, evidence
 *	path_in, path_out	the way of a packet; path_show: rows for show
 *	inner		GRE, ECN, MSS; esp_crypto: one packet sealed, opened
 *	replay		the window and extended sequence numbers
 */
#ifndef GREIPSEC_ESP_H
#define GREIPSEC_ESP_H

/* Run the role; the exit status of the process. */
int	esp_role(void);

#endif
