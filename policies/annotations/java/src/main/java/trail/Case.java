package trail;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestIdentifier;

/** A test as the report has it: class, method, how it ended, what it validates. */
final class Case {
    /** The number of a repetition or of a row: JUnit's names end with it. */
    private static final Pattern NUMBER = Pattern.compile("\\[[0-9]+]$");

    /** {@code passed}, {@code skipped}, {@code failure} or {@code error}. */
    final String outcome;

    final double seconds;
    private final String className;
    private final String name;
    private final List<Link> validates;
    private final String type;
    private final String message;
    private final String trace;

    private Case(TestIdentifier test, String outcome, double seconds, String reason, Throwable thrown) {
        TestSource source = test.getSource().orElse(null);
        if (source instanceof MethodSource) {
            MethodSource method = (MethodSource) source;
            Matcher number = NUMBER.matcher(test.getLegacyReportingName());
            className = method.getClassName();
            name = method.getMethodName() + (number.find() ? number.group() : "");
            validates = validated(method);
        } else if (source instanceof ClassSource) {
            className = ((ClassSource) source).getClassName();
            name = "";
            validates = List.of();
        } else {
            className = "";
            name = test.getDisplayName();
            validates = List.of();
        }
        this.outcome = outcome;
        this.seconds = seconds;
        type = thrown == null ? null : thrown.getClass().getName();
        message = thrown == null ? reason : said(thrown);
        trace = thrown == null ? null : trace(thrown);
    }

    static Case skipped(TestIdentifier test, String reason) {
        return new Case(test, "skipped", 0, reason, null);
    }

    static Case finished(TestIdentifier test, TestExecutionResult result, double seconds) {
        Throwable thrown = result.getThrowable().orElse(null);
        switch (result.getStatus()) {
            case SUCCESSFUL:
                return new Case(test, "passed", seconds, null, null);
            case ABORTED:
                // An assumption that did not hold: the test judged nothing.
                return new Case(test, "skipped", seconds, thrown == null ? null : said(thrown), null);
            default:
                String outcome = thrown instanceof AssertionError ? "failure" : "error";
                return new Case(test, outcome, seconds, "it failed without an exception", thrown);
        }
    }

    void write(StringBuilder out) {
        out.append("<testcase")
                .append(Xml.attribute("classname", className))
                .append(Xml.attribute("name", name))
                .append(Xml.attribute("time", shown(seconds)))
                .append(">");
        if (!validates.isEmpty()) {
            out.append("<properties>");
            for (Link link : validates) {
                property(out, "trail.work_item", link.workItem);
                property(out, "trail.criterion", link.claim);
            }
            out.append("</properties>");
        }
        if (!outcome.equals("passed")) {
            out.append("<")
                    .append(outcome)
                    .append(Xml.attribute("type", type))
                    .append(Xml.attribute("message", message))
                    .append(">");
            if (trace != null) {
                out.append(Xml.text(trace));
            }
            out.append("</").append(outcome).append(">");
        }
        out.append("</testcase>\n");
    }

    /** Returns seconds in the form of JUnit XML, whatever the computer's language. */
    static String shown(double seconds) {
        return String.format(Locale.ROOT, "%.6f", seconds);
    }

    private static void property(StringBuilder out, String name, String value) {
        out.append("<property")
                .append(Xml.attribute("name", name))
                .append(Xml.attribute("value", value))
                .append("/>");
    }

    /** Returns what a test validates; nothing if its annotation is malformed: it fails by that. */
    private static List<Link> validated(MethodSource source) {
        try {
            Method method = source.getJavaMethod();
            return Validated.by(source.getJavaClass(), method);
        } catch (IllegalArgumentException malformed) {
            return List.of();
        }
    }

    private static String said(Throwable thrown) {
        try {
            return thrown.getMessage();
        } catch (RuntimeException broken) {
            return "its message cannot be read: " + broken.getClass().getName();
        }
    }

    private static String trace(Throwable thrown) {
        StringWriter text = new StringWriter();
        try {
            thrown.printStackTrace(new PrintWriter(text));
        } catch (RuntimeException broken) {
            text.append(broken.getClass().getName());
        }
        return text.toString();
    }
}
