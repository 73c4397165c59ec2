package identity

import (
	"strconv"
	"strings"
)

// IsLocation tells coordinates as survey programs write them in one text: latitude
// and longitude in degrees, and perhaps altitude and precision, with blanks between;
// of a line or an area several of them with semicolons.
func IsLocation(s string) bool {
	if len(s) > longest {
		s = s[:longest]
	}
	first, _, _ := strings.Cut(s, ";")
	parts := strings.Fields(strings.ReplaceAll(first, ",", " "))
	if len(parts) < 2 || len(parts) > 4 || strings.IndexByte(first, '.') < 0 {
		return false
	}
	for i, most := range []float64{90, 180, 10_000, 100_000}[:len(parts)] {
		x, err := strconv.ParseFloat(parts[i], 64)
		if err != nil || x > most || x < -most || i < 2 && strings.IndexByte(parts[i], '.') < 0 {
			return false
		}
	}
	return true
}
