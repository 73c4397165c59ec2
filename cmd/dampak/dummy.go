package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/dummy"
	"github.com/dampak/dampak/internal/problem"
)

type dummyCmd struct {
	Contract string `arg:"" help:"${help_contract}"`
	Rows     int64  `name:"rows" short:"n" required:"" help:"${help_dummy_rows}" placeholder:"N"`
	Out      string `name:"out" short:"o" help:"${help_dummy_out}" placeholder:"FILE.csv"`
	Seed     uint64 `help:"${help_dummy_seed}" default:"20200921" placeholder:"N"`
}

// Run makes up rows of a contract as CSV, to a file as a whole or not at all.
func (c dummyCmd) Run(s *session) error {
	k, err := readContract(c.Contract)
	if err != nil {
		return err
	}
	r, err := dummy.New(k, c.Rows, c.Seed)
	if err != nil {
		return err
	}
	if c.Out == "" {
		return dummy.CSV(s.ctx, s.stdout, r)
	}
	if !strings.EqualFold(filepath.Ext(c.Out), ".csv") {
		return problem.Usage("dummy-form", "path", c.Out)
	}
	if info, err := os.Stat(c.Out); err == nil {
		if info.IsDir() {
			return problem.New("unwritable", "path", c.Out)
		}
		return problem.New("dummy-there", "path", c.Out)
	}
	if err := writeFile(c.Out, func(w io.Writer) error { return dummy.CSV(s.ctx, w, r) }); err != nil {
		if problem.Of(err) == nil && s.ctx.Err() == nil {
			return problem.New("unwritable", "path", c.Out).Because(err)
		}
		return err
	}
	_, err = fmt.Fprintln(s.stdout, s.text("dummy.made", "path", c.Out, "rows", c.Rows, "contract", nameOf(k, c.Contract), "sha256", k.SHA256()))
	return err
}

// readContract reads a contract's file, or one that ships by its name.
func readContract(path string) (*contract.Contract, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if k, ok := contract.Named(path); ok {
			return k, nil
		}
		return nil, problem.New("contract-no-file", "path", path, "known", contract.Shipped, "suggestion", problem.Nearest(path, contract.Shipped)).Because(err)
	}
	if err != nil {
		return nil, cannotRead(path, err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, contract.MaxSize+1))
	if err != nil {
		return nil, cannotRead(path, err)
	}
	return contract.Parse(src, path)
}

// nameOf is what a contract is called, its own name before that of its file.
func nameOf(k *contract.Contract, path string) string {
	if k.Name != "" {
		return k.Name
	}
	return filepath.Base(path)
}
