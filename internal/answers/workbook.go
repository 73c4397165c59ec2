package answers

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/report"
)

// The types of the files of an answer.
const (
	JSONType     = "application/json"
	WorkbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	PackageType  = "application/zip"
)

// Workbook is all tables of the report as XLSX, in a language: numbers in full, a sheet
// a table.
func (a Answer) Workbook(l i18n.Lang) (_ []byte, err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	var names []string
	for i, t := range report.Sheets(report.Input{Result: a.Result, Study: a.Plan}, l) {
		name := sheetName(t.Title, names)
		names = append(names, name)
		if i == 0 {
			if err := book.SetSheetName(book.GetSheetName(0), name); err != nil {
				return nil, err
			}
		} else if _, err := book.NewSheet(name); err != nil {
			return nil, err
		}
		rows := slices.Concat([][]any{{t.Title}, t.Head}, t.Rows)
		for k, row := range rows {
			for m, v := range row {
				at, err := excelize.CoordinatesToCellName(m+1, k+1)
				if err == nil {
					err = setCell(book, name, at, v)
				}
				if err != nil {
					return nil, err
				}
			}
		}
	}
	b, err := book.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// setCell writes a number or a text; no text is a formula.
func setCell(book *excelize.File, sheet, at string, v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case float64:
		return book.SetCellFloat(sheet, at, v, -1, 64)
	case int64:
		return book.SetCellInt(sheet, at, v)
	}
	return book.SetCellStr(sheet, at, fmt.Sprint(v))
}

// longestSheet is how many characters the name of a sheet may have.
const longestSheet = excelize.MaxSheetNameLength

// sheetName is a title as the name of a sheet: without the signs that none may have, short
// enough, and unlike those before it, whatever the case.
func sheetName(title string, before []string) string {
	words := []rune(strings.Trim(strings.NewReplacer(":", " –", "\\", " ", "/", " ", "?", "", "*", "", "[", "(", "]", ")").Replace(title), "' "))
	for k := 1; ; k++ {
		end := ""
		if k > 1 {
			end = fmt.Sprintf(" %d", k)
		}
		name := strings.TrimRight(string(words[:min(len(words), longestSheet-len(end))]), "' ") + end
		if !slices.ContainsFunc(before, func(x string) bool { return strings.EqualFold(x, name) }) {
			return name
		}
	}
}
