/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  ESP and GRE in user space: the packet path and the loop of its process.
 * Includes lib/ only; the daemon knows nothing of this folder but this function.
 */
#ifndef GREIPSEC_ESP_H
#define GREIPSEC_ESP_H

/* Run the role; the exit status of the process. */
int	esp_role(void);

#endif
