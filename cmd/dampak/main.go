// Command dampak answers whether a social programme has an effect: it runs the
// plan of a study on real data and writes what came out, in Indonesian and
// English.
//
// One file holds one sub-command. Exit status: 0 answered; 1 the data or the
// plan cannot answer; 2 wrong usage. Problems go to stderr, one line each,
// after "dampak:"; stdout then stays empty.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
)

// version is the program's own; reports and results carry it.
const version = "0.1.0"

// The exit statuses of the contract.
const (
	exitAnswered = 0
	exitProblem  = 1
	exitUsage    = 2
)

// program is the command line.
type program struct {
	Lang string `help:"${help_lang}" enum:"id,en," default:"" placeholder:"id|en"`

	Demo       demoCmd       `cmd:"" help:"${help_demo}"`
	Run        runCmd        `cmd:"" help:"${help_run}"`
	Check      checkCmd      `cmd:"" help:"${help_check}"`
	Power      powerCmd      `cmd:"" help:"${help_power}"`
	Estimate   estimateCmd   `cmd:"" help:"${help_estimate}"`
	Dummy      dummyCmd      `cmd:"" help:"${help_dummy}"`
	Import     importCmd     `cmd:"" help:"${help_import}"`
	Key        keyCmd        `cmd:"" help:"${help_key}"`
	Bench      benchCmd      `cmd:"" help:"${help_bench}"`
	Verify     verifyCmd     `cmd:"" help:"${help_verify}"`
	Backup     backupCmd     `cmd:"" help:"${help_backup}"`
	Restore    restoreCmd    `cmd:"" help:"${help_restore}"`
	Programmes programmesCmd `cmd:"" help:"${help_programmes}"`
	User       userCmd       `cmd:"" help:"${help_user}"`
	Token      tokenCmd      `cmd:"" help:"${help_token}"`
	Serve      serveCmd      `cmd:"" help:"${help_serve}"`
	Version    versionCmd    `cmd:"" help:"${help_version}"`
}

// session is what every sub-command is handed: where it may write, the
// language, and whether a person watches.
type session struct {
	ctx    context.Context
	stdout io.Writer
	stderr io.Writer
	lang   i18n.Lang
	// watched says that stderr is a terminal: progress is drawn only then.
	watched bool
}

func main() { os.Exit(Main()) }

// Main runs the command line of the process and gives its exit status; the
// scripts of testdata call it.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	info, err := os.Stderr.Stat()
	s := &session{ctx: ctx, stdout: os.Stdout, stderr: os.Stderr,
		watched: err == nil && info.Mode()&os.ModeCharDevice != 0}
	return s.main(os.Args[1:])
}

func (s *session) main(args []string) (status int) {
	s.lang = language(args, os.Getenv)
	defer func() {
		if r := recover(); r != nil {
			if os.Getenv("DAMPAK_DEBUG") != "" {
				fmt.Fprintf(s.stderr, "%s\n", debug.Stack())
			}
			status = s.fail(problem.New("internal", "what", fmt.Sprint(r)))
		}
	}()
	var p program
	parser, err := kong.New(&p, kong.Name("dampak"), kong.Description(s.text("help.program")),
		kong.Writers(s.stdout, s.stderr), kong.Vars(s.helpWords()), kong.Help(s.help), kong.NoDefaultHelp(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return s.fail(err)
	}
	if wantsHelp(args) {
		return s.printHelp(parser, args)
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return s.fail(usage(err))
	}
	if err := ctx.Run(s); err != nil {
		return s.fail(err)
	}
	return exitAnswered
}

// fail prints each problem on one line and gives the exit status.
func (s *session) fail(err error) int {
	problems := problem.Of(err)
	if problems == nil {
		code := "internal"
		if errors.Is(err, context.Canceled) {
			code = "cancelled"
		}
		problems = problem.List{problem.New(code, "what", err.Error()).Because(err)}
	}
	status := exitProblem
	for _, p := range problems {
		fmt.Fprintf(s.stderr, "dampak: %s\n", p.Text(s.lang))
		if p.Usage {
			status = exitUsage
		}
	}
	return status
}

func (s *session) text(key string, pairs ...any) string {
	return i18n.Text(s.lang, key, problem.New("", pairs...).Values)
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(s *session) error {
	_, err := fmt.Fprintln(s.stdout, "dampak "+version)
	return err
}
