package duckdb

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

func cannotWrite(path string, err error) error {
	return problem.New("unwritable-temp", "path", path).Because(err)
}

// says are DuckDB's messages with the code of our sentence for each.
var says = []struct {
	part string
	code string
}{
	{"Maximum line size", "line-too-long"},
	{"Invalid unicode", "not-utf8"},
	{"not utf-8 encoded", "not-utf8"},
	{"is not valid UTF8", "not-utf8"},
	{"Out of Memory", "out-of-memory"},
	{"failed to allocate", "out-of-memory"},
	{"No space left", "disk-full"},
	{"failed to offload", "disk-full"},
	{"Overflow in", "numbers-too-large"},
	{"Malformed JSON", "unreadable-json"},
	{"JSON", "unreadable-json"},
	{"Parquet", "unreadable-parquet"},
	{"CSV Error", "unreadable-csv"},
	{"Error when sniffing", "unreadable-csv"},
}

var csvLine = regexp.MustCompile(`Line: (\d+)`)

// readError turns an error of DuckDB into a problem that a person can mend; a
// cancelled context stays itself.
func (t *table) readError(err error) error {
	if errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "INTERRUPT") {
		return context.Canceled
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s.part) {
			continue
		}
		p := problem.New(s.code, "most", maxLine).In(t.given).Because(err)
		if m := csvLine.FindStringSubmatch(err.Error()); m != nil {
			line, convErr := strconv.Atoi(m[1])
			if convErr == nil {
				p.At(line, 0)
			}
		}
		return p
	}
	return problem.New("engine-failed", "what", firstLine(err.Error())).In(t.given).Because(err)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
