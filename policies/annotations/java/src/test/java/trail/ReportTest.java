package trail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

class ReportTest {
    @TempDir Path folder;
    private URLClassLoader loader;

    /** What a run told: the cases of its report, and the report entries it published. */
    private static final class Run {
        final List<String> cases = new ArrayList<>();
        final List<String> published = new ArrayList<>();
        String counts;
        String text;
    }

    private Run run(Class<?>... samples) throws Exception {
        Run run = new Run();
        Path file = folder.resolve("deeper/out.xml");
        TestExecutionListener entries =
                new TestExecutionListener() {
                    @Override
                    public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
                        run.published.add(test.getDisplayName() + " " + entry.getKeyValuePairs());
                    }
                };
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(
                                        Stream.of(samples)
                                                .map(each -> selectClass(each))
                                                .collect(Collectors.toList()))
                                .build(),
                        new JUnitReport(file),
                        entries);
        try (Stream<Path> left = Files.list(file.getParent())) {
            assertEquals(List.of(file), left.collect(Collectors.toList()));
        }
        run.text = Files.readString(file);
        Document document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
        Element suite = (Element) document.getDocumentElement().getFirstChild();
        run.counts =
                Stream.of("tests", "failures", "errors", "skipped")
                        .map(suite::getAttribute)
                        .collect(Collectors.joining(" "));
        for (Element each : children(suite, "testcase")) {
            run.cases.add(shown(each));
        }
        run.cases.sort(null);
        run.published.sort(null);
        return run;
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node each = parent.getFirstChild(); each != null; each = each.getNextSibling()) {
            if (each.getNodeName().equals(name)) {
                found.add((Element) each);
            }
        }
        return found;
    }

    private static String shown(Element test) {
        String pairs =
                children(test, "properties").stream()
                        .flatMap(each -> children(each, "property").stream())
                        .map(each -> each.getAttribute("name") + "=" + each.getAttribute("value"))
                        .map(each -> each.replaceFirst("^trail\\.(work_item|criterion)=", ""))
                        .collect(Collectors.joining(" "));
        String outcome =
                Stream.of("failure", "error", "skipped")
                        .flatMap(kind -> children(test, kind).stream())
                        .map(each -> each.getNodeName() + " " + each.getAttribute("type") + ": " + each.getAttribute("message"))
                        .collect(Collectors.joining());
        return String.join(" | ", test.getAttribute("classname"), test.getAttribute("name"), pairs, outcome);
    }

    /** Returns a class with a malformed annotation, compiled without the checker. */
    private Class<?> malformed() throws Exception {
        Path source = folder.resolve("Malformed.java");
        String annotation = "@trail.Validates(workItem = \"X-1\", criterion = \"3\")";
        String test = "@org.junit.jupiter.api.Test " + annotation + " void test() {}";
        Files.writeString(source, "class Malformed { " + test + " }");
        String classPath = System.getProperty("java.class.path");
        String[] options = {"-proc:none", "-classpath", classPath, "-d", folder.toString(), source.toString()};
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, options));
        loader = new URLClassLoader(new URL[] {folder.toUri().toURL()});
        return loader.loadClass("Malformed");
    }

    @AfterEach
    void close() throws IOException {
        if (loader != null) {
            loader.close();
        }
    }

    @Test
    void theReportSaysOfEachTestHowItEndedAndWhatItValidates() throws Exception {
        Run run = run(Samples.Flows.class, Samples.Inherited.class, Samples.Broken.class, malformed());
        String flows = "trail.Samples$Flows | ";
        String refused = "; write @Validates(workItem = \"PROJ-1234\", criterion = \"AC-3\")";
        assertEquals(
                List.of(
                        "Malformed | test |  | error java.lang.IllegalArgumentException: `3` cannot be a criterion" + refused,
                        "trail.Samples$Broken |  |  | error java.lang.IllegalStateException: no database",
                        flows + "aborted | X-1 AC-1 | skipped : Assumption failed: not here",
                        flows + "crashes | X-1 AC-1 | error java.lang.IllegalStateException: bell \\x07, lone \\xd800, newline\nand <tag> & \"quotes\"",
                        flows + "disabled | X-1 AC-1 | skipped : not today",
                        flows + "failsByAssertion | X-1 AC-1 X-1 AC-2@3 | failure org.opentest4j.AssertionFailedError: expected: <1> but was: <2>",
                        flows + "made[1] | X-1 AC-1 X-1 AC-7 | ",
                        flows + "passes | X-1 AC-1 X-2 AC-1 X-2 AC-3 | ",
                        flows + "repeats[1] | X-1 AC-1 X-1 AC-6 | ",
                        flows + "repeats[2] | X-1 AC-1 X-1 AC-6 | ",
                        flows + "table[1] | X-1 AC-1 | ",
                        flows + "table[2] | X-1 AC-1 | failure org.opentest4j.AssertionFailedError: expected: <1> but was: <2>",
                        "trail.Samples$Flows$Inner | nested | X-1 AC-1 X-1 AC-5 | ",
                        "trail.Samples$Inherited | written | X-3 AC-1 X-3 AC-2 | "),
                run.cases);
        assertEquals("14 2 3 2", run.counts);
        assertTrue(run.text.contains("at trail.Samples$Flows.failsByAssertion(Samples.java:"), run.text);
    }

    @Test
    void theCriteriaArePublishedAsReportEntries() throws Exception {
        assertEquals(
                List.of(
                        "nested() {trail.work_item=X-1, trail.criterion=AC-1}",
                        "nested() {trail.work_item=X-1, trail.criterion=AC-5}"),
                run(Samples.Flows.Inner.class).published);
        assertEquals(
                List.of(
                        "written() {trail.work_item=X-3, trail.criterion=AC-1}",
                        "written() {trail.work_item=X-3, trail.criterion=AC-2}"),
                run(Samples.Inherited.class).published);
    }
}
