#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""saskeys.py CHARON-LOG IKE-SPI-I IKE-SPI-R ESP-SPI-I ESP-SPI-R ADDRESS-I
ADDRESS-R: what tshark's tables want to decrypt an IKE SA and its child, from a
charon log of level 4, which has their keys: lines for the files
ikev2_decryption_table and esp_sa, with the name in front.  I is the initiator,
R the responder; the SPIs of ESP are those that each of them sends with.  Knows
AES-GCM with 128 bits and an ICV of 16."""
import re
import sys


def dumps(text):
    """label: hex of each dump of the log, the first of a name."""
    found, label, data, left = {}, None, '', 0
    for line in text.split('\n'):
        m = re.search(r'\] (.*?) => (\d+) bytes', line)
        if m:
            label, data, left = m.group(1), '', int(m.group(2))
            continue
        m = re.search(r'\]\s+\d+: ((?:[0-9A-F]{2} )+)', line)
        if m and label:
            data += m.group(1).replace(' ', '').lower()
            if len(data) >= left * 2:
                found.setdefault(label.lower(), data[:left * 2])
                label = None
    return found


def main(log, ike_i, ike_r, spi_i, spi_r, addr_i, addr_r):
    text = open(log, errors='replace').read()
    keys = dumps(text)
    print('ikev2_decryption_table %s,%s,%s,%s,"AES-GCM-128 with 16 octet ICV '
          '[RFC5282]",,,"NONE [RFC4306]"' % (
              ike_i, ike_r, keys['sk_ei secret'], keys['sk_er secret']))
    for src, dst, spi, who in ((addr_i, addr_r, spi_i, 'initiator'),
                               (addr_r, addr_i, spi_r, 'responder')):
        print('esp_sa "IPv4","%s","%s","%s","AES-GCM with 16 octet ICV '
              '[RFC4106]","0x%s","NULL",""' % (
                  src, dst, spi, keys['encryption %s key' % who]))


if __name__ == '__main__':
    main(*sys.argv[1:])
