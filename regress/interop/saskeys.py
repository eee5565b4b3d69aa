#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""saskeys.py KEYLOG DIRECTORY: what keylog.c wrote, as the tables that tshark
decrypts by: DIRECTORY/ikev2_decryption_table and DIRECTORY/esp_sa.  Each SA is
found by its SPI, so that all of a capture are read, rekeyed ones too."""
import sys

INTEG = {20: 'HMAC_SHA1_96 [RFC2404]', 32: 'HMAC_SHA2_256_128 [RFC4868]',
         48: 'HMAC_SHA2_384_192 [RFC4868]', 64: 'HMAC_SHA2_512_256 [RFC4868]'}


def bits(cipher):
    return next(b for b in ('128', '192', '256') if b in cipher)


def main(log, where):
    ikes, esps = {}, {}
    for w in map(str.split, open(log)):
        if not w[-1 if w[0] == 'esp' else 5].strip('0'):
            continue    # each algorithm is tried once at the start
        if w[0] == 'ike':
            ikes.setdefault((w[1], w[2]), {})[w[3]] = w[4:]
        else:
            esps[w[1]] = w[2:]
    with open(where + '/ikev2_decryption_table', 'w') as f:
        for (spi_i, spi_r), keys in ikes.items():
            if len(keys) != 2:
                continue    # a message that went one way only
            (cipher, ei, ai), (_, er, ar) = keys['i'], keys['r']
            if ai == '-':
                names, ai, ar = ('AES-GCM-%s with 16 octet ICV [RFC5282]',
                                 'NONE [RFC4306]'), '', ''
            else:
                names = 'AES-CBC-%s [RFC3602]', INTEG[len(ai) // 2]
            print('%s,%s,%s,%s,"%s",%s,%s,"%s"' % (
                spi_i, spi_r, ei, er, names[0] % bits(cipher), ai, ar,
                names[1]), file=f)
    with open(where + '/esp_sa', 'w') as f:
        for spi, (cipher, key) in esps.items():
            aead = 'GCM' in cipher.upper()
            print('"IPv4","*","*","0x%s","%s","0x%s","%s",""' % (
                spi, 'AES-GCM with 16 octet ICV [RFC4106]' if aead else
                'AES-CBC [RFC3602]', key, 'NULL' if aead else
                'HMAC-SHA-256-128 [RFC4868]'), file=f)


main(*sys.argv[1:])
