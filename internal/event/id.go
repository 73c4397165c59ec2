package event

import (
	"encoding/base32"
	"encoding/binary"
	"io"
	"time"
)

// letters are Crockford's digits in lower case: no i, l, o, u to misread.
var letters = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID makes an identifier of 26 letters and digits: the millisecond in 48
// bits, then 80 random bits. Identifiers sort by time, in any collation. Errors:
// those of the random source.
func NewID(at time.Time, random io.Reader) (string, error) {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli())<<16) //nolint:gosec // years from 1970 on
	if _, err := io.ReadFull(random, b[6:]); err != nil {
		return "", err
	}
	return letters.EncodeToString(b[:]), nil
}
