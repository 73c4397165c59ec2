package duckdb

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/dampak/dampak/internal/problem"
)

func cannotWrite(path string, err error) error {
	return problem.New("unwritable-temp", "path", path).Because(err)
}

// says are parts of DuckDB's messages with the code of our sentence for each.
var says = []struct{ part, code string }{
	{"Maximum line size", "line-too-long"},
	{"Invalid unicode", "not-utf8"},
	{"not utf-8 encoded", "not-utf8"},
	{"is not valid UTF8", "not-utf8"},
	{"No space left", "disk-full"},
	{"failed to offload", "disk-full"}, // which DuckDB counts as out of memory
	{"Out of Memory", "out-of-memory"},
	{"failed to allocate", "out-of-memory"},
	{"Overflow in", "numbers-too-large"},
	{"out of range for the destination type", "numbers-too-large"},
}

// unreadable is the code of all else that goes wrong in reading a format.
var unreadable = map[format]string{formatCSV: "unreadable-csv", formatXLSX: "workbook-unreadable", formatJSON: "unreadable-json", formatParquet: "unreadable-parquet"}

var csvLine = regexp.MustCompile(`Line: (\d+)`)

// readError turns an error of DuckDB into a problem that a person can mend; the
// end of a context stays itself.
func (t *table) readError(err error) error {
	message := err.Error()
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case strings.Contains(message, "INTERRUPT"):
		return context.Canceled
	}
	for _, s := range says {
		if strings.Contains(message, s.part) {
			return t.problem(s.code, err)
		}
	}
	if kind := new(driver.Error); errors.As(err, &kind) && kind.Type == driver.ErrorTypeInvalidInput || strings.Contains(message, "Malformed JSON") {
		return t.problem(unreadable[t.format], err)
	}
	return problem.New("engine-failed", "what", firstLine(message)).In(t.given).Because(err)
}

func (t *table) problem(code string, err error) error {
	p := problem.New(code, "most", maxLine).In(t.given).Because(err)
	if m := csvLine.FindStringSubmatch(err.Error()); m != nil && t.format == formatCSV {
		if line, convErr := strconv.Atoi(m[1]); convErr == nil {
			p.At(line, 0)
		}
	}
	return p
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
