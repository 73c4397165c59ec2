package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Marshal gives the canonical JSON of a value; nil for a nil value.
func Marshal(v any) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	c, err := Canonical(b)
	if err != nil || string(c) == "null" {
		return nil, err
	}
	return c, nil
}

// Canonical gives the one spelling of a JSON value: keys in byte order, no
// blanks, strings in UTF-8 with only the escapes that JSON demands, whole
// numbers of 64 bits as digits, other numbers as the shortest text that reads
// back as the same float64 (the form of ECMAScript). It is written out here, not
// left to encoding/json, because hashes must not change with its releases.
// Errors: not UTF-8, not one JSON value, a key twice, a number beyond 64 bits.
func Canonical(raw []byte) (json.RawMessage, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("the text is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	out, err := appendValue(nil, d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the value")
	}
	return out, nil
}

// maxDepth is how deep values may lie in each other.
const maxDepth = 100

func appendValue(out []byte, d *json.Decoder, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("more than %d values lie in each other", maxDepth)
	}
	t, err := d.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	switch v := t.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case string:
		return appendString(out, v), nil
	case json.Number:
		return appendNumber(out, string(v))
	case json.Delim:
		if v == '[' {
			return appendArray(out, d, depth)
		}
		return appendObject(out, d, depth)
	}
	return nil, fmt.Errorf("unexpected %v", t)
}

func appendArray(out []byte, d *json.Decoder, depth int) (_ []byte, err error) {
	out = append(out, '[')
	for i := 0; d.More(); i++ {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendValue(out, d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err = d.Token()
	return append(out, ']'), err
}

func appendObject(out []byte, d *json.Decoder, depth int) ([]byte, error) {
	members := map[string][]byte{}
	var keys []string
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := t.(string)
		if !ok {
			return nil, fmt.Errorf("unexpected %v", t)
		}
		if _, twice := members[key]; twice {
			return nil, fmt.Errorf("the key %q stands twice", key)
		}
		if members[key], err = appendValue(nil, d, depth+1); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	slices.Sort(keys)
	out = append(out, '{')
	for i, key := range keys {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(appendString(out, key), ':'), members[key]...)
	}
	return append(out, '}'), nil
}

func appendString(out []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	out = append(out, '"')
	for _, r := range s { // what is not UTF-8 becomes U+FFFD
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r >= 0x20:
			out = utf8.AppendRune(out, r)
		case strings.ContainsRune("\b\t\n\f\r", r):
			out = append(out, '\\', "btn_fr"[r-'\b'])
		default:
			out = append(out, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		}
	}
	return append(out, '"')
}

func appendNumber(out []byte, s string) ([]byte, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return strconv.AppendInt(out, n, 10), nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, fmt.Errorf("the number %s does not fit in 64 bits", s)
	}
	text := formatFloat(f)
	if !strings.ContainsAny(s, ".eE") && s != text && f != 0 {
		return nil, fmt.Errorf("the whole number %s does not fit in 64 bits", s)
	}
	return append(out, text...), nil
}

// formatFloat is ECMAScript's Number::toString.
func formatFloat(f float64) string {
	if f == 0 {
		return "0" // no minus
	}
	if a := math.Abs(f); a >= 1e-6 && a < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	return mantissa + "e" + exponent[:1] + strings.TrimLeft(exponent[1:], "0")
}
