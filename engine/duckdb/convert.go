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
	"path/filepath"
	"slices"
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
		separator, names, err := t.header(ctx)
		if err != nil {
			return "", nil, err
		}
		return csvSource(t.path, separator, names), names, nil
	}
}

// plain is the name of the column at a position in our own files: SQL does not
// tell capitals apart, a header may.
func plain(i int) string { return fmt.Sprintf("c%d", i) }

// csvSource reads text cells in the columns plain(0), plain(1), ...
func csvSource(path string, separator rune, names []string) string {
	columns := make([]string, len(names))
	for i := range names {
		columns[i] = text(plain(i)) + ": 'VARCHAR'"
	}
	return fmt.Sprintf(`read_csv(%s, delim = %s, quote = '"', escape = '"', header = true, auto_detect = false, columns = {%s}, max_line_size = %d)`,
		text(path), text(string(separator)), strings.Join(columns, ", "), maxLine)
}

// header finds the separator and the names of the columns in the first line,
// after making sure that the whole file is text in lines.
func (t *table) header(ctx context.Context) (rune, []string, error) {
	if err := t.checkText(ctx); err != nil {
		return 0, nil, err
	}
	f, err := os.Open(t.path)
	if err != nil {
		return 0, nil, problem.New("file-unreadable", "path", t.given).Because(err)
	}
	defer f.Close()
	line, err := firstRecord(bufio.NewReaderSize(f, headSize))
	if err != nil {
		return 0, nil, problem.New("file-unreadable", "path", t.given).Because(err)
	}
	line = bytes.TrimPrefix(line, []byte("\ufeff"))
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

// checkText reads the file once, line by line: a line beyond maxLine, a zero
// byte or what is not UTF-8 is a problem with its line. DuckDB drops the last
// line of a file without a word when it is too long, and reads all before it
// complains of others.
func (t *table) checkText(ctx context.Context) error {
	f, err := os.Open(t.path)
	if err != nil {
		return problem.New("file-unreadable", "path", t.given).Because(err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, maxLine)
	for number := 1; ; number++ {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return problem.New("line-too-long", "most", maxLine).In(t.given).At(number, 0)
		case bytes.IndexByte(line, 0) >= 0:
			return problem.New("not-a-table", "extension", filepath.Ext(t.path)).In(t.given).At(number, 0)
		case !utf8.Valid(line):
			return problem.New("not-utf8").In(t.given).At(number, 0)
		case errors.Is(err, io.EOF):
			return ctx.Err()
		case err != nil:
			return problem.New("file-unreadable", "path", t.given).Because(err)
		}
		if number%100_000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// firstRecord reads up to the first line end outside quotes.
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
		if b == '\n' && !quoted && len(bytes.TrimSpace(line)) > 0 || len(line) == maxLine {
			return line, nil
		}
		line = append(line, b)
	}
}

// checkNames refuses columns without a name and two of one name.
func (t *table) checkNames(names []string) error {
	seen := map[string]int{}
	for i, n := range names {
		if names[i] = strings.TrimSpace(n); names[i] == "" {
			return problem.New("column-without-name", "number", i+1).In(t.given)
		}
		if first, twice := seen[names[i]]; twice {
			return problem.New("column-twice", "column", names[i], "first", first, "second", i+1).In(t.given)
		}
		seen[names[i]] = i + 1
	}
	return nil
}

// jsonSource reads a list of objects, or one object a line: first the names,
// then each value as the text that the file holds.
func (t *table) jsonSource(ctx context.Context, s *session) (string, []string, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT column_name FROM (DESCRIBE SELECT * FROM read_json("+text(t.path)+", sample_size = -1))")
	if err != nil {
		return "", nil, t.readError(err)
	}
	defer rows.Close()
	var names, types, fields []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return "", nil, err
		}
		types = append(types, text(n)+": 'VARCHAR'")
		fields = append(fields, name(n)+" AS "+plain(len(names)))
		names = append(names, n)
	}
	if err := rows.Err(); err != nil {
		return "", nil, t.readError(err)
	}
	if err := t.checkNames(slices.Clone(names)); err != nil {
		return "", nil, err
	}
	source := "read_json(" + text(t.path) + ", columns = {" + strings.Join(types, ", ") + "})"
	return "(SELECT " + strings.Join(fields, ", ") + " FROM " + source + ")", names, nil
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
