package duckdb

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/problem"
)

// maxLine is the longest line of a CSV file, in bytes; a longer one is no table
// and would fill the memory.
const maxLine = 2_000_000

// convert writes the table as Parquet with typed columns: whole numbers as
// BIGINT, numbers as DOUBLE, all else as text with blanks and marks missing.
func (t *table) convert(ctx context.Context, s *session) error {
	source, names, err := t.textSource(ctx, s)
	if err != nil {
		return err
	}
	typed, err := t.classify(ctx, s, source, names)
	if err != nil {
		return err
	}
	query := "COPY (SELECT " + strings.Join(typed, ", ") + " FROM " + source + ") TO " + text(t.parquet) + " (FORMAT parquet)"
	if _, err := s.db.ExecContext(ctx, query); err != nil {
		return t.readError(err)
	}
	return nil
}

// textSource gives the SQL of a table whose columns are all text, and their
// names.
func (t *table) textSource(ctx context.Context, s *session) (string, []string, error) {
	switch t.format {
	case formatJSON:
		return t.jsonSource(ctx, s)
	case formatXLSX:
		path := t.base + ".csv"
		names, err := t.sheetToCSV(path)
		if err != nil {
			return "", nil, err
		}
		return csvSource(path, ',', names), names, nil
	default:
		separator, names, err := t.header()
		if err != nil {
			return "", nil, err
		}
		return csvSource(t.path, separator, names), names, nil
	}
}

func csvSource(path string, separator rune, names []string) string {
	columns := make([]string, len(names))
	for i, n := range names {
		columns[i] = text(n) + ": 'VARCHAR'"
	}
	return fmt.Sprintf(`read_csv(%s, delim = %s, quote = '"', escape = '"', header = true, auto_detect = false, columns = {%s}, max_line_size = %d)`,
		text(path), text(string(separator)), strings.Join(columns, ", "), maxLine)
}

// header finds the separator and the names of the columns in the first line.
func (t *table) header() (rune, []string, error) {
	f, err := os.Open(t.path)
	if err != nil {
		return 0, nil, problem.New("file-unreadable", "path", t.given).Because(err)
	}
	defer f.Close()
	line, err := firstRecord(bufio.NewReaderSize(f, headSize))
	if errors.Is(err, bufio.ErrTooLong) {
		return 0, nil, problem.New("line-too-long", "most", maxLine).In(t.given).At(1, 0)
	}
	if err != nil {
		return 0, nil, problem.New("file-unreadable", "path", t.given).Because(err)
	}
	line = bytes.TrimPrefix(line, []byte("\ufeff"))
	if !utf8.Valid(line) {
		return 0, nil, problem.New("not-utf8").In(t.given).At(1, 0)
	}
	separator := ','
	for _, r := range ";\t|" {
		if bytes.Count(line, []byte(string(r))) > bytes.Count(line, []byte(string(separator))) {
			separator = r
		}
	}
	in := csv.NewReader(bytes.NewReader(line))
	in.Comma = separator
	in.LazyQuotes = true
	names, err := in.Read()
	if err != nil {
		return 0, nil, problem.New("no-header").In(t.given).At(1, 0).Because(err)
	}
	return separator, names, t.checkNames(names)
}

// firstRecord reads up to the first line end outside quotes, at most maxLine.
func firstRecord(in *bufio.Reader) ([]byte, error) {
	var line []byte
	quoted := false
	for {
		b, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			return line, nil
		}
		if err != nil {
			return nil, err
		}
		if b == '"' {
			quoted = !quoted
		}
		if b == '\n' && !quoted && len(bytes.TrimSpace(line)) > 0 {
			return line, nil
		}
		if line = append(line, b); len(line) > maxLine {
			return nil, bufio.ErrTooLong
		}
	}
}

// checkNames refuses columns without a name and two of one name.
func (t *table) checkNames(names []string) error {
	seen := map[string]int{}
	for i, n := range names {
		if names[i] = strings.TrimSpace(n); names[i] == "" {
			return problem.New("column-without-name", "number", i+1).In(t.given)
		}
		if first, twice := seen[strings.ToLower(names[i])]; twice {
			return problem.New("column-twice", "column", names[i], "first", first, "second", i+1).In(t.given)
		}
		seen[strings.ToLower(names[i])] = i + 1
	}
	return nil
}

// jsonSource reads a list of objects, or one object a line, as text.
func (t *table) jsonSource(ctx context.Context, s *session) (string, []string, error) {
	source := "read_json(" + text(t.path) + ", sample_size = -1)"
	rows, err := s.db.QueryContext(ctx, "SELECT column_name FROM (DESCRIBE SELECT * FROM "+source+")")
	if err != nil {
		return "", nil, t.readError(err)
	}
	defer rows.Close()
	var names, casts []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return "", nil, err
		}
		names = append(names, n)
		casts = append(casts, "CAST("+name(n)+" AS VARCHAR) AS "+name(n))
	}
	if err := rows.Err(); err != nil {
		return "", nil, t.readError(err)
	}
	if err := t.checkNames(names); err != nil {
		return "", nil, err
	}
	return "(SELECT " + strings.Join(casts, ", ") + " FROM " + source + ")", names, nil
}

// sheetToCSV writes the first sheet of a workbook as CSV, raw values as stored.
func (t *table) sheetToCSV(path string) ([]string, error) {
	book, err := excelize.OpenFile(t.path, excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, problem.New("workbook-unreadable").In(t.given).Because(err)
	}
	defer book.Close()
	sheet := book.GetSheetName(0)
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, problem.New("workbook-unreadable").In(t.given).Because(err)
	}
	defer rows.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	defer out.Close()
	buffered := bufio.NewWriter(out)
	w := csv.NewWriter(buffered)
	var names []string
	for number := 1; rows.Next(); number++ {
		cells, err := rows.Columns()
		if err != nil {
			return nil, problem.New("workbook-unreadable").In(t.given).Because(err)
		}
		if names == nil {
			names = cells
			if err := t.checkNames(names); err != nil {
				return nil, err
			}
		}
		if len(cells) > len(names) {
			return nil, problem.New("row-too-long", "row", number, "found", len(cells), "expected", len(names)).In(t.given)
		}
		record := make([]string, len(names))
		copy(record, cells)
		if len(record) == 1 && record[0] == "" {
			record[0] = "NA" // a line of one blank cell would be no line
		}
		if err := w.Write(record); err != nil {
			return nil, cannotWrite(path, err)
		}
	}
	if names == nil {
		return nil, problem.New("no-header").In(t.given)
	}
	w.Flush()
	if err := errors.Join(w.Error(), buffered.Flush()); err != nil {
		return nil, cannotWrite(path, err)
	}
	return names, nil
}

// Patterns and marks of text cells.
const (
	numberPattern = `[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?`
	exactLimit    = "9007199254740992" // 2^53: float64 holds every whole number up to it
)

// cleaned is the text of a cell, missing where it is blank or a mark.
func cleaned(sql string) string {
	trimmed := "trim(" + sql + ", ' \t\r\n')"
	return "CASE WHEN " + trimmed + " IN ('', 'NA', '.', 'NULL') THEN NULL ELSE " + trimmed + " END"
}

// isNumber is a condition on text: it is a finite decimal number.
func isNumber(sql string) string {
	return "(regexp_full_match(" + sql + ", " + text(numberPattern) + ") AND coalesce(isfinite(TRY_CAST(" + sql + " AS DOUBLE)), FALSE))"
}

// classify decides the type of each column in one scan and gives the SELECT
// list that makes it.
func (t *table) classify(ctx context.Context, s *session, source string, names []string) ([]string, error) {
	clean := make([]string, len(names))
	counts := make([]string, 0, 2*len(names))
	for i, n := range names {
		clean[i] = cleaned(name(n)) + " AS " + name(n)
		number := "TRY_CAST(" + name(n) + " AS DOUBLE)"
		counts = append(counts,
			"count(CASE WHEN "+name(n)+" IS NOT NULL AND NOT "+isNumber(name(n))+" THEN 1 END)",
			"count(CASE WHEN "+number+" <> floor("+number+") OR abs("+number+") > "+exactLimit+" THEN 1 END)",
			"count("+name(n)+")")
	}
	cells := make([]any, len(counts))
	for i := range cells {
		cells[i] = new(int64)
	}
	query := "SELECT " + strings.Join(counts, ", ") + " FROM (SELECT " + strings.Join(clean, ", ") + " FROM " + source + ")"
	if err := s.db.QueryRowContext(ctx, query).Scan(cells...); err != nil {
		return nil, t.readError(err)
	}
	typed := make([]string, len(names))
	for i, n := range names {
		words, fractions, known := *cells[3*i].(*int64), *cells[3*i+1].(*int64), *cells[3*i+2].(*int64)
		value := cleaned(name(n))
		switch {
		case words > 0 || known == 0:
		case fractions > 0:
			value = "CAST(" + value + " AS DOUBLE)"
		default:
			value = "CAST(CAST(" + value + " AS DOUBLE) AS BIGINT)"
		}
		typed[i] = value + " AS " + name(n)
	}
	return typed, nil
}
