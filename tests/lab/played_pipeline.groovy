// Runs a Jenkinsfile with steps that only write down, as JSON, what is asked of them and what is held then.
import groovy.json.JsonOutput
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.customizers.ImportCustomizer

@interface NonCPS {}

abstract class Played extends Script {
    static List told = []
    static List held = []

    void tell(Map what) { told << ([held: new ArrayList(held)] + what) }
    def within(String what, Closure body) { held << what; try { body() } finally { held.remove(held.size() - 1) } }
    def open(Closure body) { body.delegate = this; body() }

    def pipeline(Closure body) { open(body) }
    def options(Closure body) { open(body) }
    def triggers(Closure body) { open(body) }
    def stages(Closure body) { open(body) }
    def steps(Closure body) { open(body) }
    def script(Closure body) { open(body) }
    def stage(String name, Closure body) { open(body) }
    def getNone() { 'none' }
    def getScm() { 'scm' }
    void agent(Object which) {}
    void skipDefaultCheckout() {}
    void cron(String when) { tell(step: 'cron', when: when) }

    void parallel(Map branches) { branches.each { name, body -> within('branch ' + name) { body() } } }
    def lock(Map what, Closure body) { within('lock ' + ([what.resource] + what.extra*.resource).join(' '), body) }
    def node(String label, Closure body) { within('node ' + label, body) }
    def timeout(Map how, Closure body) { within('timeout ' + how.time + ' ' + how.unit, body) }
    def catchError(Map how, Closure body) { body() }
    def withCredentials(List which, Closure body) { within('secrets ' + which*.variable.join(' '), body) }
    def string(Map what) { what }
    def getDocker() { this }
    def image(String name) { [inside: { Closure body -> within('image ' + name, body) }] }
    void checkout(Object what) { tell(step: 'checkout') }
    void sh(Object command) { tell(step: 'sh', command: command.toString()) }
    void stash(Map what) { tell([step: 'stash'] + what) }
    void unstash(String name) { tell(step: 'unstash', name: name) }
    void junit(Map what) { tell([step: 'junit'] + what) }
    void archiveArtifacts(Map what) { tell([step: 'archive'] + what) }
}

def imports = new ImportCustomizer()
imports.addImports('NonCPS')
def settings = new CompilerConfiguration(scriptBaseClass: 'Played')
settings.addCompilationCustomizers(imports)
def shell = new GroovyShell(this.class.classLoader, new Binding(), settings)
shell.parse(new File(args[0]).getText('UTF-8'), 'Jenkinsfile').run()
new File(args[1]).setText(JsonOutput.toJson(Played.told), 'UTF-8')
