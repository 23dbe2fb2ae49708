package trail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes one JUnit XML file of a run, with what each test validates, if the system property {@code
 * trail.junit} or the variable {@code TRAIL_JUNIT} names the file. JUnit's launcher finds it by itself,
 * whether Maven, Gradle or its console started it.
 */
public final class JUnitReport implements TestExecutionListener {
    private final Path file;
    private final Map<String, Long> began = new ConcurrentHashMap<>();
    private final List<Case> cases = new CopyOnWriteArrayList<>();

    /** Made by JUnit's launcher. */
    public JUnitReport() {
        this(named());
    }

    JUnitReport(Path file) {
        this.file = file;
    }

    private static Path named() {
        String name = System.getProperty("trail.junit", System.getenv("TRAIL_JUNIT"));
        return name == null || name.isEmpty() ? null : Path.of(name);
    }

    @Override
    public void executionStarted(TestIdentifier test) {
        began.put(test.getUniqueId(), System.nanoTime());
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        // A skipped class tells of itself; the tests in it are not told one by one.
        cases.add(Case.skipped(test, reason));
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        Long start = began.remove(test.getUniqueId());
        double seconds = start == null ? 0 : (System.nanoTime() - start) / 1e9;
        boolean failed = result.getStatus() != TestExecutionResult.Status.SUCCESSFUL;
        // A class is no test, but what went wrong while it was set up stays to be told.
        if (test.isTest() || failed) {
            cases.add(Case.finished(test, result, seconds));
        }
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        if (file == null) {
            return;
        }
        try {
            write();
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot write " + file, failed);
        }
    }

    private void write() throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        // Not a temporary file of Java's making: only its owner could read that.
        String name = "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".part";
        Path draft = folder.resolve(name);
        try {
            Files.writeString(draft, report());
            // A reader finds a whole report or none.
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private String report() {
        StringBuilder out = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        double seconds = cases.stream().mapToDouble(each -> each.seconds).sum();
        out.append("<testsuites><testsuite name=\"JUnit\"")
                .append(Xml.attribute("tests", String.valueOf(cases.size())))
                .append(Xml.attribute("failures", count("failure")))
                .append(Xml.attribute("errors", count("error")))
                .append(Xml.attribute("skipped", count("skipped")))
                .append(Xml.attribute("time", Case.shown(seconds)))
                .append(">\n");
        cases.forEach(each -> each.write(out));
        return out.append("</testsuite></testsuites>\n").toString();
    }

    private String count(String outcome) {
        return String.valueOf(cases.stream().filter(each -> each.outcome.equals(outcome)).count());
    }
}
